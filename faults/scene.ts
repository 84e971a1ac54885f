/** All that a fault is done to: a fleet behind proxies, a worker, and a Temporal server of its own. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import type { OperationResult, Progress } from '../core/rotation.js';
import { runCommand } from '../lab/commands.js';
import { startFleet, type Fleet, type FleetNode } from '../lab/fleet.js';
import { keysIn, searchForKeys } from '../lab/leaks.js';
import { startTemporal, type TemporalServer } from '../lab/temporal.js';
import { startTraffic, type Traffic } from '../lab/traffic.js';
import { runRotor, startWorker, type RotorResult, type WorkerProcess } from '../lab/worker.js';
import { WORKFLOW, progressQuery, rotationId, taskQueueOf } from '../workflows/messages.js';
import type { Verification } from '../workflows/verification.js';
import { startProxy, type Proxy } from './proxy.js';
import { wipeRepository } from './repositories.js';

const FLEET = 'faults';
/** Runs from the start, but is in the inventory only where a cell adds it. */
export const SPARE = 'ctl4';
/** Tokens live so long, and keys a second of margin longer: keys expire within a few cells. */
export const TOKEN_SECONDS = 12;
const QUERY_PATIENCE_MS = 1_500;
/** A page a key, and room for as many as a run of all cells leaves. */
const DISK_SIZE = '512k';

export interface SceneNode extends FleetNode {
  readonly proxy: Proxy;
  greets(): Promise<boolean>;
}

export async function startFaultScene(): Promise<FaultScene> {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-faults-'));
  const disks = await mountDisks(join(directory, 'fleet/nodes'));
  const temporal = await startTemporal({ directory: join(directory, 'temporal') });
  const fleet = await startFleet({
    directory: join(directory, 'fleet'),
    nodes: ['ctl1', 'ctl2', 'ctl3', SPARE].map((name, index) => ({
      name,
      region: index < 2 ? 'region-one' : 'region-two',
    })),
    temporalAddress: temporal.address,
    fleet: FLEET,
    pause: '300ms',
    margin: '1s',
    waitForNode: '6s',
    tokens: { expirationSeconds: TOKEN_SECONDS, allowExpiredWindowSeconds: 0 },
    // Room for what strays add.
    maxActiveKeys: 60,
  });
  const nodes = await Promise.all(fleet.nodes.map(behindProxy));
  const connection = await Connection.connect({ address: temporal.address });
  const scene = new FaultScene(directory, fleet, nodes, disks, temporal, connection);
  scene.pinHostKeys();
  scene.writeInventory(scene.served);
  wipeRepository(nodes.at(-1)!.repository);
  await scene.startWorker();
  return scene;
}

/** A small file system for each node, where we may mount. */
async function mountDisks(parent: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const disks = ['ctl1', 'ctl2', 'ctl3', SPARE].map((name) => join(parent, name));
  const mounted: string[] = [];
  for (const disk of disks) {
    mkdirSync(disk, { recursive: true });
    try {
      await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE},mode=755`, 'tmpfs', disk]);
      mounted.push(disk);
    } catch {
      break; // a container whose root may not mount
    }
  }
  return mounted;
}

async function behindProxy(node: FleetNode): Promise<SceneNode> {
  return { ...node, proxy: await startProxy(node.sshd.port), greets: () => greets(node.sshd.port) };
}

export class FaultScene {
  private worker: WorkerProcess | null = null;
  private readonly client: Client;
  private readonly keys = new Map<string, Buffer>();

  constructor(
    private readonly directory: string,
    private readonly fleet: Fleet,
    readonly nodes: readonly SceneNode[],
    private readonly disks: readonly string[],
    private temporal: TemporalServer,
    private readonly connection: Connection,
  ) {
    this.client = new Client({ connection });
  }

  get served(): readonly SceneNode[] {
    return this.nodes.filter(({ name }) => name !== SPARE);
  }

  get hasOwnDisks(): boolean {
    return this.disks.length === this.nodes.length;
  }

  // Parts that go and come.

  async startWorker(): Promise<void> {
    this.worker = await startWorker(this.fleet.config, this.workerLog);
  }

  async killWorker(): Promise<void> {
    await this.worker?.kill();
  }

  killTemporal(): Promise<void> {
    return this.temporal.kill();
  }

  async startTemporal(): Promise<void> {
    const port = Number(this.temporal.address.split(':')[1]);
    this.temporal = await startTemporal({ directory: join(this.directory, 'temporal'), port });
  }

  // Configuration.

  /** The keys that the nodes have now, at the address where the worker sees them. */
  pinHostKeys(): void {
    const lines = this.nodes.map(({ proxy, sshd }) => `[127.0.0.1]:${proxy.port} ${sshd.hostKey}\n`);
    writeFileSync(this.fleet.knownHosts, lines.join(''));
  }

  writeInventory(nodes: readonly SceneNode[]): void {
    const document = parse(readFileSync(this.fleet.config, 'utf8')) as Record<string, unknown>;
    const sites = [...new Set(nodes.map(({ region }) => region))].map((name) => ({
      name,
      nodes: nodes.filter(({ region }) => region === name).map(toInventory),
    }));
    writeFileSync(this.fleet.config, stringify({ ...document, inventory: [{ kind: 'static', sites }] }));
  }

  // What is asked of rotor.

  async rotor(...args: string[]): Promise<RotorResult> {
    const result = await runRotor([...args, '--config', this.fleet.config]);
    this.remember();
    return result;
  }

  async isInSync(): Promise<boolean> {
    const { stdout } = await this.rotor('verify', '--json');
    return (JSON.parse(stdout) as Verification).inSync;
  }

  /** By the client's own call: the command would return only when the first phases are over. */
  async startRotation(): Promise<void> {
    await this.client.workflow.start(WORKFLOW.rotation, {
      workflowId: rotationId(FLEET),
      taskQueue: taskQueueOf(FLEET),
      args: [{ fleet: FLEET, reason: 'a cell', startedBy: 'the fault suite' }],
    });
  }

  /** Null while nobody answers. */
  async progress(): Promise<Progress | null> {
    const answer = this.handle.query(progressQuery).catch(() => null);
    return Promise.race([answer, after(QUERY_PATIENCE_MS)]);
  }

  /** Temporal may be away. */
  async hasEnded(): Promise<boolean> {
    const description = await this.handle.describe().catch(() => null);
    return description !== null && description.status.name !== 'RUNNING';
  }

  /** What the last operation said of its end, also when it failed. */
  async result(): Promise<OperationResult> {
    try {
      return (await this.handle.result()) as OperationResult;
    } catch (error) {
      const { cause } = error as { cause?: { details?: unknown[] } };
      const result = cause?.details?.[0];
      if (result) return result as OperationResult;
      throw error;
    }
  }

  startTraffic(): Traffic {
    return startTraffic({ nodes: this.served, admin: this.fleet.admin, validationsPerSecond: 20 });
  }

  remember(): void {
    for (const key of this.nodes.flatMap((node) => keysIn(node.repository)))
      this.keys.set(key.toString('hex'), key);
  }

  /** @returns places where a key was found that may never hold one; empty is good */
  async stop(): Promise<string[]> {
    this.remember();
    await this.connection.close();
    await this.worker?.stop();
    await Promise.all(this.nodes.map(({ proxy }) => proxy.close()));
    await this.fleet.stop();
    await this.temporal.stop();
    const { databaseFile, log } = this.temporal;
    const files = [databaseFile, `${databaseFile}-wal`, log, this.workerLog].filter((file) =>
      existsSync(file),
    );
    const leaks = searchForKeys(files, [...this.keys.values()]);
    for (const disk of this.disks) await runCommand('umount', [disk]);
    rmSync(this.directory, { recursive: true, force: true });
    return leaks.map(({ file, offset, form }) => `${file} at ${offset}: ${form}`);
  }

  private get handle() {
    return this.client.workflow.getHandle(rotationId(FLEET));
  }

  private get workerLog(): string {
    return join(this.directory, 'worker.log');
  }
}

function toInventory({ name, proxy, sshd, repositoryInSession, url }: SceneNode) {
  return {
    name,
    address: '127.0.0.1',
    port: proxy.port,
    user: sshd.user,
    repository: repositoryInSession,
    keystone: url,
  };
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => socket.destroy());
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
