/** A few nodes behind links that fail again and again, and what that costs all the others. */
import { appendFileSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { Chance } from '../../faults/random.js';
import { fingerprint, parseKey } from '../../keys/key.js';
import { WORK_DIRECTORY } from '../../nodes/reading.js';
import type { Farm, FarmNode } from './farm.js';
import type { Pass } from './history.js';

/** `flapping` links are cut, `hanging` ones carry nothing any more, which is found out by a time-out only. */
const FAILURES = ['flapping', 'hanging'] as const;
type Failure = (typeof FAILURES)[number];

/** How long a connection lives: longer than a visit alone, and shorter than one among a thousand. */
const SHORTEST_LIFE_MS = 3_000;
const LONGEST_LIFE_MS = 20_000;

export interface UnrulyFarm {
  readonly farm: Farm;
  /** Names of the nodes behind bad links. */
  readonly unruly: ReadonlySet<string>;
  stop(): Promise<void>;
}

/**
 * The same nodes; so many in a hundred are reached by a flapping link, and as many by a hanging one. Never the first, which makes the key and is
 * the canary: everybody waits for that.
 */
export async function unrulyFarm(farm: Farm, percent: number, seed: number): Promise<UnrulyFarm> {
  const count = Math.ceil((farm.nodes.length * percent) / 100);
  const links = new Map<string, Link>();
  const nodes = [...farm.nodes];
  const chance = new Chance(seed);
  for (const failure of FAILURES)
    for (let number = 0; number < count; number++) {
      const place = chance.pick(places(nodes, links));
      const node = nodes[place]!;
      const link = await startLink(node, failure, Chance.of(seed, node.name));
      links.set(node.name, link);
      nodes[place] = { ...node, port: link.port };
      pin(farm.knownHosts, node, link.port);
    }
  const stop = async () => {
    for (const link of links.values()) await link.stop();
  };
  return { farm: { ...farm, nodes }, unruly: new Set(links.keys()), stop };
}

/** Where there is a node whose link is good. */
function places(nodes: readonly FarmNode[], links: ReadonlyMap<string, unknown>): number[] {
  return nodes.flatMap(({ name }, place) => (place > 0 && !links.has(name) ? [place] : []));
}

interface Link {
  readonly port: number;
  stop(): Promise<void>;
}

async function startLink(target: FarmNode, failure: Failure, chance: Chance): Promise<Link> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const life = SHORTEST_LIFE_MS + chance.next() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS);
    const far = connect(target.port, target.address);
    for (const socket of [client, far]) open.add(socket.on('close', () => open.delete(socket)));
    carry(client, far, failure, life);
  });
  await new Promise<void>((resolve) => server.listen(0, target.address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      // One that hangs does not notice that its other end is gone.
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function carry(client: Socket, server: Socket, failure: Failure, lifeMs: number): void {
  const sockets = [client, server];
  const end = () => sockets.forEach((socket) => socket.destroy());
  const fail = failure === 'flapping' ? end : () => sockets.forEach((socket) => socket.unpipe().pause());
  const life = setTimeout(fail, lifeMs);
  for (const socket of sockets) {
    socket.on('error', end);
    socket.on('close', () => {
      clearTimeout(life);
      end();
    });
  }
  client.pipe(server).pipe(client);
}

/** The host key is that of the node, whatever leads there. */
function pin(knownHosts: string, { address, port }: FarmNode, linkPort: number): void {
  const lines = readFileSync(knownHosts, 'utf8').split('\n');
  const line = lines.find((pinned) => pinned.startsWith(`[${address}]:${port} `))!;
  appendFileSync(knownHosts, `${line.replace(`:${port} `, `:${linkPort} `)}\n`);
}

/** Which of a repository's files, by their indexes, a pass leaves behind, in a fleet that was rotated before (`farm.ts`). */
const FILE_OF = {
  hold: () => 1,
  promote: (indexes: readonly number[]) => Math.max(...indexes),
  stage: () => 0,
};

/**
 * How long each pass that places a key took for the slowest of some nodes, from its beginning to when the file was made there.
 * Read from outside, since a batch ends with the last of its nodes, and that may be an unruly one.
 *
 * @param names nodes that each pass reaches at once
 */
export function secondsOfPlacements(
  passes: readonly Pass[],
  { nodes }: Farm,
  names: ReadonlySet<string>,
): number[] {
  const repositoryOf = new Map(nodes.map(({ name, repository }) => [name, repository]));
  return passes.flatMap((pass) => {
    if (pass.kind !== 'place' || !(pass.placement.kind in FILE_OF)) return [];
    const fileOf = FILE_OF[pass.placement.kind as keyof typeof FILE_OF];
    const reached = pass.nodes.filter((name) => names.has(name)).map((name) => repositoryOf.get(name)!);
    const madeAt = reached.map((path) => statSync(join(path, `${fileOf(indexesIn(path))}`)).mtimeMs);
    return reached.length === 0 ? [] : [(Math.max(...madeAt) - pass.scheduledAtMs) / 1000];
  });
}

function indexesIn(repository: string): number[] {
  const names = readdirSync(repository).filter((name) => name !== WORK_DIRECTORY);
  return names.map(Number).sort((a, b) => a - b);
}

/** Whether every node has the same keys, with the same uses. */
export function isInSync({ nodes }: Farm): boolean {
  return new Set(nodes.map(({ repository }) => usesIn(repository))).size === 1;
}

function usesIn(repository: string): string {
  const keys = indexesIn(repository).map((index) =>
    fingerprint(parseKey(readFileSync(join(repository, `${index}`)))),
  );
  return [keys[0], keys.at(-1), ...[...new Set(keys)].sort()].join(' ');
}
