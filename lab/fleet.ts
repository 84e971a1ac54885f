/** A whole fleet: Keystone nodes in regions, each behind an sshd of its own, and the configuration to rotate it with. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { DEFAULT_TOKENS, type TokenLifetimes } from './keystone-config.js';
import { startKeystones, type KeystoneNode, type Keystones } from './keystone.js';
import { ensureKey, startSshd, type Sshd, type SshdHost } from './sshd.js';

export interface FleetNodeOptions {
  readonly name: string;
  readonly region: string;
  /** Default: a folder of the fleet's own. */
  readonly repository?: string;
  /** Account of both Keystone and the SFTP session; another than our own needs root. */
  readonly user?: string;
  /** The session sees nothing but this directory and can do nothing but SFTP; see `SshdOptions`. */
  readonly chroot?: string;
  /** No sshd: a worker of its own is to run beside it. */
  readonly pull?: true;
  /** Where its sshd runs; default: on loopback. */
  readonly host?: SshdHost;
}

export interface FleetOptions {
  readonly directory: string;
  /** Default: three nodes in two regions. */
  readonly nodes?: readonly FleetNodeOptions[];
  readonly temporalAddress: string;
  /** The fleet's name; default `lab`. */
  readonly fleet?: string;
  /** As in `rotor.yaml`; defaults: its own. */
  readonly pause?: string;
  readonly waitForNode?: string;
  readonly margin?: string;
  readonly maxActiveKeys?: number;
  /** Default: the defaults of Keystone. */
  readonly tokens?: TokenLifetimes;
  /** Sections of `rotor.yaml` to add or to put in place of ours. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export interface FleetNode extends KeystoneNode {
  /** A pull node has none, and says so when it is asked for. */
  readonly sshd: Sshd;
  readonly isPull: boolean;
  /** The key repository as the SFTP session sees it. */
  readonly repositoryInSession: string;
}

export interface Fleet {
  readonly nodes: readonly FleetNode[];
  readonly keystones: Keystones;
  readonly admin: Keystones['admin'];
  /** Path of `rotor.yaml`. */
  readonly config: string;
  readonly knownHosts: string;
  readonly identityFile: string;
  stop(): Promise<void>;
}

const DEFAULT_NODES: readonly FleetNodeOptions[] = [
  { name: 'ctl1', region: 'region-one' },
  { name: 'ctl2', region: 'region-one' },
  { name: 'ctl3', region: 'region-two' },
];

/** Starts everything; when a part fails to start, those before it end. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const identityFile = join(options.directory, 'id_ed25519');
  mkdirSync(options.directory, { recursive: true });
  await ensureKey(identityFile);
  const keystones = await startKeystones({
    directory: join(options.directory, 'keystone'),
    nodes: (options.nodes ?? DEFAULT_NODES).map((node) => ({
      ...node,
      repository: node.repository ?? repositoryOf(options, node),
    })),
    ...(options.tokens && { tokens: options.tokens }),
    ...(options.maxActiveKeys !== undefined && { maxActiveKeys: options.maxActiveKeys }),
  });
  const nodes: FleetNode[] = [];
  const stop = async () => {
    const pushed = nodes.filter(({ isPull }) => !isPull);
    await Promise.all([keystones.stop(), ...pushed.map(({ sshd }) => sshd.stop())]);
  };
  try {
    for (const node of keystones.nodes) {
      const directory = join(options.directory, 'sshd', node.name);
      const { user, chroot, host, pull } = (options.nodes ?? DEFAULT_NODES).find(
        ({ name }) => name === node.name,
      )!;
      if (pull) {
        nodes.push(withoutSshd(node));
        continue;
      }
      const sshd = await startSshd({
        directory,
        identityFile,
        ...(user !== undefined && { user }),
        ...(chroot !== undefined && { chroot, sftpOnly: true }),
        ...(host !== undefined && { host }),
      });
      const repositoryInSession = node.repository.slice(chroot?.length ?? 0);
      nodes.push({ ...node, sshd, isPull: false, repositoryInSession });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const files = writeConfiguration(options, nodes, keystones, identityFile);
  return { nodes, keystones, admin: keystones.admin, ...files, identityFile, stop };
}

function withoutSshd(node: KeystoneNode): FleetNode {
  return {
    ...node,
    isPull: true,
    repositoryInSession: node.repository,
    get sshd(): Sshd {
      throw new Error(`${node.name} is a pull node and has no sshd`);
    },
  };
}

/** Each node has a folder of its own, because a rotation keeps its temporary files beside the repository. */
function repositoryOf(options: FleetOptions, node: FleetNodeOptions): string {
  return join(options.directory, 'nodes', node.name, 'fernet-keys');
}

function writeConfiguration(
  options: FleetOptions,
  nodes: readonly FleetNode[],
  keystones: Keystones,
  identityFile: string,
) {
  const config = join(options.directory, 'rotor.yaml');
  const knownHosts = join(options.directory, 'known_hosts');
  const passwordFile = join(options.directory, 'keystone-password');
  const pushed = nodes.filter(({ isPull }) => !isPull);
  writeFileSync(knownHosts, pushed.map(({ sshd }) => `${sshd.knownHostsLine}\n`).join(''));
  writeFileSync(passwordFile, keystones.admin.password, { mode: 0o600 });
  const { expirationSeconds, allowExpiredWindowSeconds } = options.tokens ?? DEFAULT_TOKENS;
  const document = {
    fleet: options.fleet ?? 'lab',
    temporal: { address: options.temporalAddress, namespace: 'default' },
    tokens: { expiration: `${expirationSeconds}s`, allowExpiredWindow: `${allowExpiredWindowSeconds}s` },
    rotation: {
      ...(options.pause !== undefined && { pause: options.pause }),
      ...(options.waitForNode !== undefined && { waitForNode: options.waitForNode }),
      ...(options.margin !== undefined && { margin: options.margin }),
    },
    ssh: { ...(pushed[0] && { user: pushed[0].sshd.user }), identityFile, knownHosts },
    keystone: { ...keystones.admin, password: { file: passwordFile } },
    inventory: [{ kind: 'static', sites: sitesOf(nodes) }],
    ...options.overrides,
  };
  writeFileSync(config, stringify(document));
  return { config, knownHosts };
}

function sitesOf(nodes: readonly FleetNode[]) {
  const regions = [...new Set(nodes.map((node) => node.region))];
  return regions.map((region) => ({
    name: region,
    nodes: nodes.filter((node) => node.region === region).map(toInventory),
  }));
}

function toInventory(node: FleetNode) {
  const { name, repositoryInSession, url } = node;
  if (node.isPull) return { name, pull: true, repository: repositoryInSession, keystone: url };
  const { sshd } = node;
  return {
    name,
    address: sshd.address,
    port: sshd.port,
    user: sshd.user,
    repository: repositoryInSession,
    keystone: url,
  };
}
