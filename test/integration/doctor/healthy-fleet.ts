/** A fleet of plain repositories, each in a root directory of its own behind a real sshd; no Keystone is needed. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { stringify } from 'yaml';
import type { DoctorFinding } from '../../../core/doctor/finding.js';
import { encodeKey, generateKey } from '../../../keys/key.js';
import { ensureKey, startSshd, type Sshd } from '../../../lab/sshd.js';
import { startWorker, type WorkerProcess } from '../../../lab/worker.js';
import { rotorInProcess } from '../../support/in-process-rotor.js';

export const REPOSITORY = '/etc/keystone/fernet-keys';
export const CONF = '/etc/keystone/keystone.conf';
/** Stands in every keystone.conf; must never be seen anywhere else. */
export const CONF_PASSWORD = 'hunter2-of-the-database';

export interface Node {
  readonly name: string;
  /** What the SFTP session sees as `/`. */
  readonly root: string;
  readonly sshd: Sshd;
  /** A path of the session, on this machine. */
  at(path: string): string;
  write(path: string, content: string): void;
  /** Changes lines of keystone.conf. */
  configure(...changes: readonly [string, string][]): void;
}

export type Document = Record<string, unknown>;

export interface HealthyFleet {
  readonly directory: string;
  readonly nodes: readonly Node[];
  readonly workerLog: string;
  readonly identityFile: string;
  readonly knownHosts: string;
  readonly mounts: string[];
  /** Writes `rotor.yaml` and every node's files as they should be. */
  heal(): void;
  edit(change: Document): void;
  staticInventory(nodes: readonly Document[]): Document[];
  inventoryNode(node: Node, change?: Document): Document;
  rotor(...args: string[]): Promise<{ code: number; out: string; err: string }>;
  doctor(): Promise<{ code: number; findings: DoctorFinding[]; text: string }>;
  mount(...args: string[]): void;
  stop(): Promise<void>;
}

const KEYS = [generateKey(), generateKey(), generateKey()].map(encodeKey);

const KEYSTONE_CONF = `[DEFAULT]
debug = false
[database]
connection = mysql+pymysql://keystone:${CONF_PASSWORD}@192.0.2.1/keystone
[token]
provider = fernet
expiration = 3600
allow_expired_window = 3600
caching = false
[fernet_tokens]
key_repository = ${REPOSITORY}/
max_active_keys = 5
[fernet_receipts]
key_repository = ${REPOSITORY}/
`;

/** Needs root: roots of sessions belong to root at every level. */
export async function startHealthyFleet(fleet: string): Promise<HealthyFleet> {
  const directory = mkdtempSync(`/run/rotor-${fleet}-`);
  chmodSync(directory, 0o755);
  const identityFile = join(directory, 'id_ed25519');
  await ensureKey(identityFile);
  const nodes = await Promise.all(
    ['ctl1', 'ctl2', 'ctl3'].map((name) => startNode(directory, name, identityFile)),
  );
  const config = join(directory, 'rotor.yaml');
  const knownHosts = join(directory, 'known_hosts');
  const workerLog = join(directory, 'worker.log');
  const mounts: string[] = [];
  const inventoryNode = (node: Node, change: Document = {}) => ({
    name: node.name,
    address: '127.0.0.1',
    port: node.sshd.port,
    ...change,
  });
  const staticInventory = (listed: readonly Document[]) => [
    { kind: 'static', sites: [{ name: 'region-one', nodes: listed }] },
  ];
  let document: Document = {};
  const edit = (change: Document) => {
    document = { ...document, ...change };
    writeFileSync(config, stringify(document));
  };
  const heal = () => {
    for (const place of mounts.splice(0).reverse()) execFileSync('umount', [place]);
    for (const node of nodes) fill(node);
    writeFileSync(knownHosts, nodes.map((node) => `${node.sshd.knownHostsLine}\n`).join(''));
    document = {};
    edit({
      fleet,
      temporal: { address: inject('temporalAddress'), namespace: 'default' },
      tokens: { expiration: '1h', allowExpiredWindow: '1h' },
      rotation: { pause: '50ms' },
      ssh: { user: 'root', identityFile, knownHosts },
      keystoneConf: CONF,
      inventory: staticInventory(nodes.map((node) => inventoryNode(node))),
    });
  };
  heal();
  const worker: WorkerProcess = await startWorker(config, workerLog);
  const rotor = (...args: string[]) => rotorInProcess(...args, '--config', config);
  return {
    directory,
    nodes,
    workerLog,
    identityFile,
    knownHosts,
    mounts,
    heal,
    edit,
    staticInventory,
    inventoryNode,
    rotor,
    doctor: async () => {
      const { code, out } = await rotor('doctor', '--json');
      return { code, text: out, findings: (JSON.parse(out) as { findings: DoctorFinding[] }).findings };
    },
    mount: (...args) => {
      execFileSync('mount', args);
      mounts.push(args.at(-1)!);
    },
    stop: async () => {
      await worker.stop();
      for (const node of nodes) await node.sshd.stop();
      for (const place of mounts.splice(0).reverse()) execFileSync('umount', [place]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startNode(directory: string, name: string, identityFile: string): Promise<Node> {
  const root = join(directory, 'roots', name);
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const at = (path: string) => join(root, path);
  const write = (path: string, content: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content, { mode: 0o600 });
  };
  const sshd = await startSshd({
    directory: join(directory, 'sshd', name),
    identityFile,
    user: 'root',
    chroot: root,
    sftpOnly: true,
  });
  const configure = (...changes: readonly [string, string][]) => {
    const text = changes.reduce(
      (content, [from, to]) => content.replace(from, to),
      readFileSync(at(CONF), 'utf8'),
    );
    writeFileSync(at(CONF), text);
  };
  return { name, root, sshd, at, write, configure };
}

function fill(node: Node): void {
  rmSync(node.at('/etc'), { recursive: true, force: true });
  rmSync(node.at('/var'), { recursive: true, force: true });
  mkdirSync(node.at(REPOSITORY), { recursive: true });
  chmodSync(node.at(REPOSITORY), 0o700);
  for (const [index, key] of KEYS.entries()) node.write(`${REPOSITORY}/${index}`, key.toString('latin1'));
  node.write(CONF, KEYSTONE_CONF);
  node.write('/etc/crontab', '17 * * * * root run-parts /etc/cron.hourly\n');
  node.write('/etc/cron.d/other', '# fernet_rotate was here once\n5 3 * * * root true\n');
}
