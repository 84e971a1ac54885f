/** A few nodes behind links that fail again and again. */
import { appendFileSync, readFileSync } from 'node:fs';
import { Chance } from '../../faults/random.js';
import { hang, startRelay, type Ends, type Relay } from '../../lab/relay.js';
import type { Farm, FarmNode } from './farm.js';

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
  const links = new Map<string, Relay>();
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

function startLink({ address, port }: FarmNode, failure: Failure, chance: Chance): Promise<Relay> {
  const fail = { flapping: cut, hanging: hang }[failure];
  return startRelay({ host: address, port }, (ends) => {
    const lifeMs = SHORTEST_LIFE_MS + chance.next() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS);
    const life = setTimeout(() => fail(ends), lifeMs);
    for (const end of [ends.near, ends.far]) end.on('close', () => clearTimeout(life));
  });
}

function cut({ near, far }: Ends): void {
  near.destroy();
  far.destroy();
}

/** The host key is that of the node, whatever leads there. */
function pin(knownHosts: string, { address, port }: FarmNode, linkPort: number): void {
  const lines = readFileSync(knownHosts, 'utf8').split('\n');
  const line = lines.find((pinned) => pinned.startsWith(`[${address}]:${port} `))!;
  appendFileSync(knownHosts, `${line.replace(`:${port} `, `:${linkPort} `)}\n`);
}
