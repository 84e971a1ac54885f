/** A network namespace for each node, with a line to us that can be pulled; where root may make them. */
import { randomInt } from 'node:crypto';
import { runCommand } from '../lab/commands.js';
import type { SshdHost } from '../lab/sshd.js';

/** RFC 2544 keeps 198.18.0.0/15 for tests of networks: nobody else's address can be meant. */
const PREFIX = '198.18';
const NETWORKS = 256;
const ADDRESSES_A_LINE = 4;
/** The kernel allows fifteen characters for a device's name. */
const RUNS = 100_000;

export interface Host extends SshdHost {
  pullTheLine(): Promise<void>;
  plugItIn(): Promise<void>;
  remove(): Promise<void>;
}

/** As many hosts as asked for, or none where this machine does not allow it. */
export async function makeHosts(count: number): Promise<Host[]> {
  if (process.getuid?.() !== 0) return [];
  const run = randomInt(RUNS);
  const network = randomInt(NETWORKS);
  const hosts: Host[] = [];
  try {
    for (let number = 0; number < count; number++) hosts.push(await makeHost(run, network, number));
    return hosts;
  } catch {
    await Promise.all(hosts.map((host) => host.remove()));
    return [];
  }
}

async function makeHost(run: number, network: number, number: number): Promise<Host> {
  const namespace = `rotor-${run}-${number}`;
  const ourEnd = `rtr${run}-${number}`;
  const base = number * ADDRESSES_A_LINE;
  const address = `${PREFIX}.${network}.${base + 2}`;
  const ip = (...args: string[]) => runCommand('ip', args);
  const inside = (...args: string[]) => ip('-n', namespace, ...args);
  await ip('netns', 'add', namespace);
  const remove = async () => {
    await ip('netns', 'del', namespace);
  };
  try {
    await ip('link', 'add', ourEnd, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('addr', 'add', `${PREFIX}.${network}.${base + 1}/30`, 'dev', ourEnd);
    await ip('link', 'set', ourEnd, 'up');
    await inside('addr', 'add', `${address}/30`, 'dev', 'eth0');
    await inside('link', 'set', 'lo', 'up');
    await inside('link', 'set', 'eth0', 'up');
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    namespace,
    address,
    // At its own end: with ours down, the packets would take another way.
    pullTheLine: async () => {
      await inside('link', 'set', 'eth0', 'down');
    },
    plugItIn: async () => {
      await inside('link', 'set', 'eth0', 'up');
    },
    remove,
  };
}
