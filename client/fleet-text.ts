/** A fleet as a person reads it at a glance: nodes × keys, and what each key is. */
import type { FleetView, KeyReport, KeyRole } from '../core/fleet-view.js';
import type { KeyState } from '../core/repository.js';
import type { NodeReport } from '../core/sync.js';
import { coloursOf, type Colours } from './colours.js';
import type { Io } from './output.js';
import { textTable } from './table.js';
import { roughly, utc, utcAndDistance } from '../core/times.js';

/** From so many nodes on, those of a site that are alike share a line. */
const MANY_NODES = 30;

export function fleetText(view: FleetView, io: Pick<Io, 'hasColours'>, now = Date.now()): string {
  const colours = coloursOf(io);
  const { fleet, inSync, at, nodes, keys } = view;
  return [
    `fleet ${fleet} is ${inSync ? colours.green('in sync') : colours.red('NOT in sync')} (${utc(at)})`,
    nodeTable(view, colours),
    '',
    keyTable(keys, now, colours),
    ...nodes.flatMap(({ problems }) =>
      problems.map(({ code, message }) => `  ${colours.red(code)}: ${message}`),
    ),
  ].join('\n');
}

function nodeTable({ nodes, keys }: FleetView, colours: Colours): string {
  const known = keys.map(({ fingerprint }) => fingerprint);
  const others = nodes.flatMap((node) => node.keys.map(({ fingerprint }) => fingerprint));
  const fingerprints = [...new Set([...known, ...others])];
  const rows = nodes.map((node) => ({
    node,
    cells: fingerprints.map((fingerprint) => cell(node, fingerprint, colours)),
  }));
  return textTable([
    ['node', 'site', ...fingerprints].map(colours.bold),
    ...(nodes.length < MANY_NODES
      ? rows.map(({ node, cells }) => [nameOf(node), node.site, ...cells])
      : alike(rows)),
  ]);
}

/** Node names shorten to the first one's and how many others are just like it. */
function alike(
  rows: readonly { readonly node: NodeReport; readonly cells: readonly string[] }[],
): string[][] {
  const groups = new Map<string, { first: string; count: number; rest: string[] }>();
  for (const { node, cells } of rows) {
    const rest = [node.site, ...cells];
    const key = [node.standing, ...rest].join('\n');
    const group = groups.get(key) ?? { first: nameOf(node), count: 0, rest };
    groups.set(key, { ...group, count: group.count + 1 });
  }
  return [...groups.values()].map(({ first, count, rest }) => [
    count === 1 ? first : `${first} and ${count - 1} like it`,
    ...rest,
  ]);
}

/** A node that does not count as others do says so. */
function nameOf({ name, standing }: NodeReport): string {
  return standing === 'serving' ? name : `${name} (${standing})`;
}

/** A key may stand under several names. */
function cell(node: NodeReport, fingerprint: string, colours: Colours): string {
  if (!node.reachable) return colours.yellow('?');
  const places = node.keys.filter((key) => key.fingerprint === fingerprint);
  if (places.length === 0) return colours.red('missing');
  return places.map(({ state, index }) => colouredState(state, colours)(`${state} ${index}`)).join(', ');
}

function colouredState(state: KeyState, { green, cyan }: Colours): (text: string) => string {
  if (state === 'primary') return green;
  return state === 'staged' ? cyan : (text) => text;
}

function keyTable(keys: readonly KeyReport[], now: number, colours: Colours): string {
  return textTable([
    ['key', 'is', 'age', 'nodes', 'read', 'write', ''].map(colours.bold),
    ...keys.map((key) => [
      key.fingerprint,
      colouredRole(key.role, colours)(key.role),
      ageOf(key, now),
      `${key.holders}/${key.nodes}`,
      key.read,
      key.write,
      meaningOf(key, now),
    ]),
  ]);
}

function colouredRole(role: KeyRole, colours: Colours): (text: string) => string {
  if (role === 'revoked') return colours.red;
  return role === 'expired' ? colours.dim : colouredState(role === 'incoming' ? 'staged' : role, colours);
}

/** A key that was there before is older than it has been known. */
function ageOf({ madeAt, firstSeenAt }: KeyReport, now: number): string {
  return `${madeAt === null ? '>' : ''}${roughly(now - Date.parse(madeAt ?? firstSeenAt))}`;
}

/** What comes next for a key, and when. */
function meaningOf(key: KeyReport, now: number): string {
  const { role, primarySince, firstSeenAt, neededUntil, write } = key;
  switch (role) {
    case 'primary':
      return primarySince === null || primarySince === firstSeenAt
        ? 'makes tokens'
        : `makes tokens since ${utc(primarySince)}`;
    case 'staged':
      return 'the next rotation makes it the primary';
    case 'incoming':
      return 'new: is brought to every node';
    case 'secondary':
      if (neededUntil !== null) return `tokens may need it until ${utcAndDistance(neededUntil, now)}`;
      return write === 'hidden' ? 'reads tokens' : 'some node may still make tokens with it';
    case 'expired':
      return 'no token needs it; the next new key takes its place';
    case 'revoked':
      return 'is overwritten wherever it turns up';
  }
}

export function primaryOfNode({ keys }: NodeReport): string | null {
  return keys.find(({ state }) => state === 'primary')?.fingerprint ?? null;
}

export function stagedOfNode({ keys }: NodeReport): string | null {
  return keys.find(({ state }) => state === 'staged')?.fingerprint ?? null;
}
