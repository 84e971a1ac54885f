/** Machines of a fleet with pull nodes: each has a configuration, an identity and a worker of its own. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { approve } from '../../configuration/approvals.js';
import { readIdentityFiles, writeIdentityFiles } from '../../configuration/identity-files.js';
import { makeIdentity, readIdentity } from '../../envelopes/identity.js';
import type { Fleet } from '../../lab/fleet.js';
import { startWorker, type WorkerProcess } from '../../lab/worker.js';

/** A pull node's machine. */
export interface Machine {
  readonly node: string;
  readonly config: string;
  readonly log: string;
  worker(): WorkerProcess;
  start(): Promise<void>;
}

/** Gives a machine a key pair under this name, in place of any other; resolves with its fingerprint. */
export async function newIdentity(config: string, name: string): Promise<string> {
  await writeIdentityFiles(config, await makeIdentity(name, new Date()));
  return (await readIdentity((await readIdentityFiles(config))!, config)).fingerprint;
}

/** Beside the fleet's own configuration one for each pull node, without any way to another machine. */
export function machinesOf(fleet: Fleet): Machine[] {
  return fleet.nodes
    .filter(({ isPull }) => isPull)
    .map(({ name }) => {
      const directory = join(dirname(fleet.config), 'machines', name);
      mkdirSync(directory, { recursive: true });
      const config = join(directory, 'rotor.yaml');
      const log = join(directory, 'worker.log');
      const { ssh, ...rest } = parse(readFileSync(fleet.config, 'utf8')) as { ssh: unknown };
      if (ssh === undefined) throw new Error('the fleet has no `ssh` to leave out');
      writeFileSync(config, stringify(rest));
      let worker: WorkerProcess | null = null;
      return {
        ...{ node: name, config, log },
        worker: () => worker!,
        start: async () => {
          worker = await startWorker(config, log, { options: ['--node', name] });
        },
      };
    });
}

/** A machine at a site that has workers of its own, with the fleet's configuration and another identity. */
export function siteMachine(fleet: Fleet, site: string, name: string): Omit<Machine, 'node'> {
  const directory = join(dirname(fleet.config), 'machines', name);
  mkdirSync(directory, { recursive: true });
  const config = join(directory, 'rotor.yaml');
  const log = join(directory, 'worker.log');
  copyFileSync(fleet.config, config);
  let worker: WorkerProcess | null = null;
  return {
    ...{ config, log },
    worker: () => worker!,
    start: async () => {
      worker = await startWorker(config, log, { options: ['--site', site] });
    },
  };
}

/** Every machine approves every other. */
export async function approveAll(
  configs: readonly string[],
  fingerprints: Readonly<Record<string, string>>,
): Promise<void> {
  for (const config of configs)
    for (const [name, fingerprint] of Object.entries(fingerprints)) await approve(config, name, fingerprint);
}
