/** Real Keystone nodes that share one database, as the nodes of a deployment do. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './commands.js';
import {
  DEFAULT_MAX_ACTIVE_KEYS,
  DEFAULT_TOKENS,
  renderKeystoneConfig,
  type TokenLifetimes,
} from './keystone-config.js';
import { keystoneTemplate, LAB_ADMIN, type Admin } from './keystone-template.js';
import { readyToRotateKeys, rotateKeys, setUpKeys, type ReadyRotate } from './keystone-keys.js';
import { freePort } from './ports.js';
import { startProcess } from './processes.js';
import { issueToken, validateToken } from './tokens.js';
import { keystoneLauncher, keystonePython, projectRoot } from './tools.js';

export interface KeystoneNodeOptions {
  readonly name: string;
  readonly region: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Directory of its keys. Filled with first keys, the same on all nodes, unless it has some. */
  readonly repository: string;
  /** The account to serve as; needs root. Default: our own. */
  readonly user?: string;
}

export interface KeystoneOptions {
  readonly directory: string;
  readonly nodes: readonly KeystoneNodeOptions[];
  /** Default: Keystone's. */
  readonly tokens?: TokenLifetimes;
  readonly maxActiveKeys?: number;
}

export interface KeystoneNode {
  readonly name: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT/v3`. */
  readonly url: string;
  readonly repository: string;
  readonly user: string | null;
  readonly config: string;
  readonly log: string;
}

export interface Keystones {
  readonly nodes: readonly KeystoneNode[];
  readonly admin: Admin;
  readonly databaseFile: string;
  stop(): Promise<void>;
}

/** Starts all nodes and waits until each answers. */
export async function startKeystones(options: KeystoneOptions): Promise<Keystones> {
  mkdirSync(options.directory, { recursive: true });
  const databaseFile = join(options.directory, 'keystone.db');
  const nodes: KeystoneNode[] = [];
  for (const node of options.nodes) nodes.push(await configureNode(options, node, databaseFile));
  await prepareDatabase(databaseFile, nodes);
  await prepareKeys(nodes);
  const launch = join(options.directory, 'launch.json');
  writeFileSync(launch, JSON.stringify({ nodes: nodes.map(toLaunch) }));
  const launcher = await startProcess({
    program: keystonePython,
    args: ['-W', 'ignore', keystoneLauncher, launch],
    log: join(options.directory, 'launcher.log'),
    isReady: () => allAnswer(nodes),
  });
  try {
    await Promise.all(nodes.map(warmUp));
  } catch (error) {
    await launcher.stop();
    throw error;
  }
  return { nodes, admin: LAB_ADMIN, databaseFile, stop: () => launcher.stop() };
}

/** Rotates one node alone with `keystone-manage fernet_rotate`, as an operator or a forgotten cron job would. */
export async function rotateByHand(node: KeystoneNode): Promise<void> {
  await rotateKeys(node.config, node.user);
}

/** The same, to be done at a certain moment. */
export function readyToRotateByHand(node: KeystoneNode): Promise<ReadyRotate> {
  return readyToRotateKeys(node.config, node.user);
}

/** Answers of status 500 and above since the node was started, from its log. */
export function serverErrorsOf(node: KeystoneNode): number {
  return readFileSync(node.log, 'utf8').match(/^access 5\d\d /gm)?.length ?? 0;
}

/** Runs Python with the packages that Keystone uses, among them `cryptography`: a check that is independent of our code. */
export function runKeystonePython(script: string, args: readonly string[] = []): Promise<string> {
  return runCommand(keystonePython, ['-c', script, ...args]);
}

async function configureNode(
  options: KeystoneOptions,
  node: KeystoneNodeOptions,
  databaseFile: string,
): Promise<KeystoneNode> {
  const config = join(options.directory, `${node.name}.conf`);
  const settings = {
    databaseFile,
    repository: node.repository,
    tokens: options.tokens ?? DEFAULT_TOKENS,
    maxActiveKeys: options.maxActiveKeys ?? DEFAULT_MAX_ACTIVE_KEYS,
  };
  writeFileSync(config, renderKeystoneConfig(settings));
  const { name, region, repository, user = null } = node;
  const url = `http://127.0.0.1:${node.port ?? (await freePort())}/v3`;
  return { name, region, url, repository, user, config, log: join(options.directory, `${name}.log`) };
}

async function prepareDatabase(databaseFile: string, nodes: readonly KeystoneNode[]): Promise<void> {
  if (!existsSync(databaseFile)) copyFileSync(await keystoneTemplate(), databaseFile);
  const firstOfRegion = new Map([...nodes].reverse().map((node) => [node.region, node.url]));
  const endpoints = [...firstOfRegion].map(([region, url]) => ({ region, url }));
  const script = join(projectRoot, 'lab/keystone-endpoints.py');
  await runCommand(keystonePython, [script, databaseFile, JSON.stringify(endpoints)]);
  // SQLite makes its journal beside the database, so every account needs the directory as well.
  if (nodes.some((node) => node.user !== null)) {
    chmodSync(databaseFile, 0o666);
    chmodSync(dirname(databaseFile), 0o777);
  }
}

/** The first keys come from one node's `fernet_setup` and are then copied, as Keystone's own guide says. */
async function prepareKeys(nodes: readonly KeystoneNode[]): Promise<void> {
  const empty = nodes.filter((node) => !hasKeys(node.repository));
  for (const node of empty) {
    // In two steps: the mode would apply to all that is made, and lock another account out above its keys.
    mkdirSync(dirname(node.repository), { recursive: true });
    mkdirSync(node.repository, { recursive: true, mode: 0o700 });
    await giveToUser(node);
  }
  let source = nodes.find((node) => hasKeys(node.repository));
  for (const node of empty) {
    if (source === undefined) {
      await setUpKeys(node.config, node.user);
      source = node;
    } else {
      cpSync(source.repository, node.repository, { recursive: true });
    }
    await giveToUser(node);
  }
}

async function giveToUser(node: KeystoneNode): Promise<void> {
  if (node.user !== null) await runCommand('chown', ['-R', `${node.user}:`, node.repository]);
}

function hasKeys(repository: string): boolean {
  return existsSync(repository) && readdirSync(repository).length > 0;
}

function toLaunch(node: KeystoneNode) {
  return { config: node.config, port: Number(new URL(node.url).port), log: node.log, user: node.user };
}

/**
 * One login and one validation, alone. Keystone makes its policy enforcer at the first request that needs it and shows it
 * to other threads before its rules are in: of several first validations at once, some would end in 403 or 500.
 */
async function warmUp(node: KeystoneNode): Promise<void> {
  const token = await issueToken(node.url, LAB_ADMIN);
  const status = await validateToken(node.url, token, token);
  if (status !== 200)
    throw new Error(`${node.name} refused its own token with status ${status}; see ${node.log}`);
}

async function allAnswer(nodes: readonly KeystoneNode[]): Promise<boolean> {
  const answers = await Promise.all(nodes.map((node) => fetch(node.url)));
  return answers.every((answer) => answer.ok);
}
