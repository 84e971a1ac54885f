/** All that a fault is done to: a fleet behind proxies, a worker, and a Temporal server of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { OperationResult, Progress } from '../core/rotation.js';
import { startFleet, type Fleet, type FleetNode } from '../lab/fleet.js';
import { KeyCollector } from '../lab/leaks/collector.js';
import { searchEverywhere } from '../lab/leaks/everywhere.js';
import { startTemporal, type TemporalServer } from '../lab/temporal.js';
import { issueToken, startTraffic, validateToken, type Traffic } from '../lab/traffic.js';
import { runRotor, startWorker, type RotorResult, type WorkerProcess } from '../lab/worker.js';
import { WORKFLOW, progressQuery, rotationId, taskQueueOf } from '../workflows/messages.js';
import type { Verification } from '../workflows/verification.js';
import { FleetFiles } from './fleet-files.js';
import { Gate } from './gate.js';
import { makeHosts, type Host } from './hosts.js';
import { mountDisks, unmountDisks } from './node-disks.js';
import { startProxy, type Proxy } from './proxy.js';
import { wipeRepository } from './repositories.js';
import { sessionClockOffset } from './session-clock.js';

const FLEET = 'faults';
/** The last one runs from the start, but is in the inventory only where a cell adds it. */
const NODES = ['ctl1', 'ctl2', 'ctl3', 'ctl4'];
/** Tokens live so long, and keys a second of margin longer: keys expire within a few cells. */
export const TOKEN_SECONDS = 12;
/** What the operators' rotations have; the lab's disks are faster than any that it is meant for. */
const PAUSE = '300ms';
/** Before promotion a fault is put back after this; long enough that it is told first. */
const WAIT_FOR_NODE = '6s';
/** Room for what strays add. */
const MAX_ACTIVE_KEYS = 60;
const VALIDATIONS_PER_SECOND = 10;
const QUERY_PATIENCE_MS = 1_500;
/** Half of what a clock is put ahead. */
const AHEAD_MS = 1_800_000;

export interface SceneNode extends FleetNode {
  readonly proxy: Proxy;
  /** Never faulty: it only holds what the worker asks of Keystone when the gate is shut. */
  readonly keystoneProxy: Proxy;
  /** Null where the machine allows no network namespaces. */
  readonly host: Host | null;
}

export async function startFaultScene(): Promise<FaultScene> {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-faults-'));
  const disks = await mountDisks(NODES.map((name) => join(directory, 'fleet/nodes', name)));
  const hosts = await makeHosts(NODES.length);
  const temporal = await startTemporal({ directory: join(directory, 'temporal') });
  const fleet = await startFleet({
    directory: join(directory, 'fleet'),
    nodes: NODES.map((name, index) => ({
      name,
      region: index < 2 ? 'region-one' : 'region-two',
      ...(hosts[index] && { host: hosts[index] }),
    })),
    temporalAddress: temporal.address,
    fleet: FLEET,
    pause: PAUSE,
    margin: '1s',
    waitForNode: WAIT_FOR_NODE,
    tokens: { expirationSeconds: TOKEN_SECONDS, allowExpiredWindowSeconds: 0 },
    maxActiveKeys: MAX_ACTIVE_KEYS,
  });
  const gate = new Gate();
  const nodes = await Promise.all(
    fleet.nodes.map((node, index) => behindProxies(node, hosts[index] ?? null, gate)),
  );
  const connection = await Connection.connect({ address: temporal.address });
  const scene = new FaultScene(directory, fleet, nodes, disks, gate, temporal, connection);
  scene.pinHostKeys();
  scene.writeInventory(scene.served);
  wipeRepository(scene.spare.repository);
  await scene.startWorker();
  await scene.introduce();
  return scene;
}

async function behindProxies(node: FleetNode, host: Host | null, gate: Gate): Promise<SceneNode> {
  const keystone = { address: '127.0.0.1', port: Number(new URL(node.url).port) };
  return {
    ...node,
    host,
    proxy: await startProxy(node.sshd, gate),
    keystoneProxy: await startProxy(keystone, gate),
  };
}

export class FaultScene {
  readonly rotationId = rotationId(FLEET);
  private worker: WorkerProcess | null = null;
  private workerDied = false;
  private runId: string | undefined;
  private readonly client: Client;
  private readonly files: FleetFiles;
  private readonly keys: KeyCollector;
  private readonly listeners = new Set<(progress: Progress) => void>();
  private lastAnswer: Promise<Progress | null> = Promise.resolve(null);
  private nextAnswer: Promise<Progress | null> | null = null;

  constructor(
    private readonly directory: string,
    private readonly fleet: Fleet,
    private readonly nodes: readonly SceneNode[],
    private readonly disks: readonly string[],
    readonly gate: Gate,
    private temporal: TemporalServer,
    private readonly connection: Connection,
  ) {
    this.client = new Client({ connection });
    this.files = new FleetFiles(fleet);
    this.keys = new KeyCollector(this.repositories);
  }

  get served(): readonly SceneNode[] {
    return this.nodes.slice(0, -1);
  }

  get spare(): SceneNode {
    return this.nodes.at(-1)!;
  }

  get hasOwnDisks(): boolean {
    return this.disks.length > 0;
  }

  get hasOwnHosts(): boolean {
    return this.spare.host !== null;
  }

  // Parts that go and come.

  async startWorker(): Promise<void> {
    const worker = await startWorker(this.fleet.config, this.workerLog);
    this.worker = worker;
    void worker.ended.then(() => {
      if (this.worker === worker) this.workerDied = true;
    });
  }

  async killWorker(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    await worker?.kill();
  }

  /** Whether the worker ended though nobody ended it; then it is started again. */
  async replaceDeadWorker(): Promise<boolean> {
    if (!this.workerDied) return false;
    this.workerDied = false;
    await this.startWorker();
    return true;
  }

  killTemporal(): Promise<void> {
    return this.temporal.kill();
  }

  async startTemporal(): Promise<void> {
    const port = Number(this.temporal.address.split(':')[1]);
    this.temporal = await startTemporal({ directory: join(this.directory, 'temporal'), port });
  }

  // Configuration.

  pinHostKeys(): void {
    this.files.pinHostKeys(this.nodes);
  }

  writeInventory(nodes: readonly SceneNode[]): void {
    this.files.writeInventory(nodes);
  }

  breakConfiguration(): void {
    this.files.breakConfiguration();
  }

  // What is asked of rotor.

  /** At the first contact any inventory is the right one; only then can one change. */
  async introduce(): Promise<void> {
    const { code, stdout, stderr } = await this.rotor('reconcile', '--yes', '--json');
    if (code !== 0) throw new Error(`the fleet was not taken up: ${stdout}${stderr}`);
  }

  rotor(...args: string[]): Promise<RotorResult> {
    return runRotor([...args, '--config', this.fleet.config]);
  }

  async isInSync(): Promise<boolean> {
    return (await this.verify()).inSync;
  }

  /** Whatever may be wrong with others. */
  async isSound(node: SceneNode): Promise<boolean> {
    const { nodes } = await this.verify();
    return nodes.find(({ name }) => name === node.name)?.problems.length === 0;
  }

  private async verify(): Promise<Verification> {
    const { stdout, stderr } = await this.rotor('verify', '--json');
    if (stdout === '') throw new Error(`verify: ${stderr}`);
    return JSON.parse(stdout) as Verification;
  }

  /** By the client's own call: the command would return only when the first phases are over. */
  async startRotation(): Promise<void> {
    const { firstExecutionRunId } = await this.client.workflow.start(WORKFLOW.rotation, {
      workflowId: this.rotationId,
      taskQueue: taskQueueOf(FLEET),
      args: [{ fleet: FLEET, reason: 'a cell', startedBy: 'the fault suite' }],
    });
    this.runId = firstExecutionRunId;
  }

  /** Null while nobody answers. One question at a time, because Temporal takes few: who asks meanwhile shares the next. */
  progress(): Promise<Progress | null> {
    this.nextAnswer ??= this.lastAnswer.then(() => {
      this.nextAnswer = null;
      return (this.lastAnswer = this.askProgress());
    });
    return this.nextAnswer;
  }

  private async askProgress(): Promise<Progress | null> {
    // Cancelled, because a call that is open when its connection closes is tried again where nobody catches what it throws.
    const patience = AbortSignal.timeout(QUERY_PATIENCE_MS);
    const progress = await this.client
      .withAbortSignal(patience, () => this.handle.query(progressQuery))
      .catch(() => null);
    if (progress) for (const listen of this.listeners) listen(progress);
    return progress;
  }

  /** Every answer, whoever asked. What is returned ends it. */
  onProgress(listen: (progress: Progress) => void): () => void {
    this.listeners.add(listen);
    return () => void this.listeners.delete(listen);
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

  // What is asked of the nodes.

  startTraffic(): Traffic {
    return startTraffic({
      nodes: this.served,
      admin: this.fleet.admin,
      validationsPerSecond: VALIDATIONS_PER_SECOND,
    });
  }

  /** Its tokens are good everywhere, and those of all others on it. */
  async serves(node: SceneNode): Promise<boolean> {
    const statuses = this.served.map(async ({ url }) => {
      const [ours, theirs] = await Promise.all([
        issueToken(node.url, this.fleet.admin),
        issueToken(url, this.fleet.admin),
      ]);
      return [await validateToken(url, theirs, ours), await validateToken(node.url, ours, theirs)];
    });
    return (await Promise.all(statuses)).flat().every((status) => status === 200);
  }

  async isClockAhead(node: SceneNode): Promise<boolean> {
    return (await sessionClockOffset(node)) > AHEAD_MS;
  }

  /** @returns places where a key was found that may never hold one; empty is good */
  async stop(): Promise<string[]> {
    const { worker } = this;
    this.worker = null;
    await worker?.stop();
    await Promise.all(
      this.nodes.flatMap(({ proxy, keystoneProxy }) => [proxy.close(), keystoneProxy.close()]),
    );
    await this.fleet.stop();
    await this.temporal.stop();
    const leaks = await this.leaks();
    await unmountDisks(this.disks);
    for (const { host } of this.nodes) await host?.remove();
    rmSync(this.directory, { recursive: true, force: true });
    // Last: a call that is still open then, where a cell was interrupted, ends this process.
    await this.connection.close();
    return leaks;
  }

  private async leaks(): Promise<string[]> {
    const { databaseFile, log } = this.temporal;
    const leaks = await searchEverywhere({
      keys: this.keys.stop(),
      databaseFile,
      paths: [log, this.workerLog],
      repositories: this.repositories,
    });
    return leaks.map(({ place, offset, form }) => `${place} at ${offset}: ${form}`);
  }

  private get repositories(): string[] {
    return this.nodes.map(({ repository }) => repository);
  }

  /** Of this rotation: what an operator starts after it has the same workflow ID. */
  private get handle() {
    return this.client.workflow.getHandle(this.rotationId, this.runId);
  }

  private get workerLog(): string {
    return join(this.directory, 'worker.log');
  }
}
