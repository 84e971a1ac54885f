/** What production's activities do around the writer, on virtual nodes. The writer and the reading are production's own. */
import type {
  MakeOutcome,
  MakeRequest,
  NodeOutcome,
  NodeReading,
  NodeToPlace,
  PlaceRequest,
  ProbeRequest,
} from '../core/messages.js';
import type { NodeProblem } from '../core/decision.js';
import { indexesOf, type Fingerprint } from '../core/repository.js';
import { encodeKey, wipe } from '../keys/key.js';
import { NodeError } from '../nodes/node-error.js';
import { readKey, readRepository, refuseKeysOfCredentials } from '../nodes/reading.js';
import { place, placeNewKey } from '../nodes/writer.js';
import { VirtualFiles } from './files.js';
import { Session, type Network, type Runner } from './network.js';
import type { VirtualNode } from './node.js';
import type { Safety } from './safety.js';
import type { Sabotage } from './settings.js';
import { SimulatedFailure } from './failure.js';

export interface Surroundings {
  readonly network: Network;
  readonly safety: Safety;
  readonly sabotage: Sabotage | undefined;
  /** Undefined when the inventory has no such node any more. */
  readonly nodeNamed: (name: string) => VirtualNode | undefined;
  /** Every key that is made, as its file has it: none of them may turn up anywhere else. */
  readonly onKey: (encoded: Buffer, bytes: Buffer) => void;
}

export class Activities {
  private attempts = 0;

  constructor(private readonly around: Surroundings) {}

  survey(nodes: readonly string[], runner: Runner): Promise<NodeReading[]> {
    return Promise.all(
      nodes.map(async (node): Promise<NodeReading> => {
        try {
          const { repository, damage, problems } = await this.use(node, runner, async (files) => {
            const reading = await readRepository(files);
            await refuseKeysOfCredentials(files);
            return reading;
          });
          return { node, reachable: true, repository, damage, problems };
        } catch (error) {
          const { code, message } = this.problemOf(node, error);
          return { node, reachable: false, repository: {}, damage: [], problems: [{ code, message }] };
        }
      }),
    );
  }

  async place(request: PlaceRequest, runner: Runner): Promise<NodeOutcome[]> {
    const keys = await this.fetchKeys(request.holders, runner);
    return Promise.all(
      request.nodes.map(async (target): Promise<NodeOutcome> => {
        const { node } = target;
        const keyFor = (key: Fingerprint) => {
          const bytes = keys.get(key);
          if (bytes) return Promise.resolve(Buffer.from(bytes));
          return Promise.reject(new NodeError('key-unavailable', node, `no other node could give ${key}`));
        };
        try {
          const { clockOffsetMs } = await this.use(node, runner, (files) =>
            place(files, { ...this.visit(target, request, runner), placement: request.placement, keyFor }),
          );
          return { node, problem: null, clockOffsetMs };
        } catch (error) {
          return { node, problem: this.problemOf(node, error) };
        }
      }),
    );
  }

  async make(request: MakeRequest, runner: Runner): Promise<MakeOutcome> {
    const { node } = request.node;
    try {
      const { key, clockOffsetMs } = await this.use(node, runner, (files) =>
        placeNewKey(files, { ...this.visit(request.node, request, runner), newKey: () => this.newKey() }),
      );
      return { node, problem: null, key, clockOffsetMs };
    } catch (error) {
      return { node, problem: this.problemOf(node, error), key: null };
    }
  }

  /** A Keystone that reads the same disk accepts what is there. */
  probe({ keys, nodes }: ProbeRequest, runner: Runner): Promise<NodeOutcome[]> {
    return Promise.all(
      nodes.map(async ({ node, surveyed }): Promise<NodeOutcome> => {
        try {
          await this.use(node, runner, async (files) => {
            const held = indexesOf(surveyed.repository).filter((index) =>
              keys.includes(surveyed.repository[index]!),
            );
            for (const index of held) wipe(await readKey(files, `${index}`, surveyed.repository[index]!));
            const refused = keys.filter((key) => !this.around.nodeNamed(node)?.keys.has(key));
            if (refused.length > 0)
              throw new NodeError('probe-refused', node, `refuses ${refused.join(', ')}`);
          });
          return { node, problem: null };
        } catch (error) {
          return { node, problem: this.problemOf(node, error) };
        }
      }),
    );
  }

  private async use<T>(name: string, runner: Runner, visit: (files: VirtualFiles) => Promise<T>): Promise<T> {
    const { network, safety, nodeNamed, sabotage } = this.around;
    const node = nodeNamed(name);
    if (!node) throw new SimulatedFailure('configuration', `node ${name} is not in the inventory any more`);
    const session = new Session(node, network, runner);
    await session.connect();
    return visit(new VirtualFiles(session, safety, sabotage));
  }

  private visit({ node, surveyed }: NodeToPlace, request: PlaceRequest | MakeRequest, runner: Runner) {
    const { time } = this.around.network;
    return {
      surveyed,
      expired: request.expired,
      pauseMs: request.pauseMs,
      holder: { operation: request.operation, attempt: `attempt-${++this.attempts}` },
      clock: {
        now: () => time.now,
        sleep: (ms: number) =>
          new Promise<void>((resolve) =>
            time.after(ms, 'pause', node, () => runner.isStopped || time.settle(resolve)),
          ),
      },
    };
  }

  private newKey(): Buffer {
    const bytes = this.around.network.random.bytes(32);
    this.around.onKey(encodeKey(bytes), Buffer.from(bytes));
    return bytes;
  }

  private async fetchKeys(
    holders: PlaceRequest['holders'],
    runner: Runner,
  ): Promise<Map<Fingerprint, Buffer>> {
    const keys = new Map<Fingerprint, Buffer>();
    for (const [key, names] of Object.entries(holders)) {
      const bytes = await this.fetchKey(key, names, runner);
      if (bytes) keys.set(key, bytes);
    }
    return keys;
  }

  private async fetchKey(
    key: Fingerprint,
    holders: readonly string[],
    runner: Runner,
  ): Promise<Buffer | null> {
    for (const holder of holders) {
      try {
        return await this.use(holder, runner, async (files) => {
          const name = (await readRepository(files)).fileOf.get(key);
          if (name === undefined)
            throw new NodeError('key-unavailable', holder, `${key} is not here any more`);
          return readKey(files, name, key);
        });
      } catch {
        continue; // the next holder may do
      }
    }
    return null;
  }

  /** As `activities/node-failures.ts`; here an error that nobody thought of is a find. */
  private problemOf(node: string, error: unknown): NodeProblem {
    if (error instanceof NodeError) return { node, code: error.code, message: error.message };
    if (error instanceof SimulatedFailure) throw error;
    this.around.safety.violated(
      'unexpected',
      `${node}: ${error instanceof Error ? error.stack : String(error)}`,
    );
    return { node, code: 'internal', message: `${node}: an unexpected error` };
  }
}
