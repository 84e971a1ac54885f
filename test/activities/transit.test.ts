import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createPlacementActivities } from '../../activities/placement.js';
import { createTransitActivities, type Post } from '../../activities/transit.js';
import { approve, retire } from '../../configuration/approvals.js';
import type { FreshKey, NodeOutcome, PlaceRequest } from '../../core/messages.js';
import { sound } from '../../core/repository.js';
import { FreshKeys } from '../../envelopes/fresh-keys.js';
import { encodeKey, fingerprint, generateKey } from '../../keys/key.js';
import { WayAtHome } from '../../nodes/ways.js';
import { newIdentity } from '../support/machines.js';

/** Two pull nodes: `holder` has a key that `target` lacks. */
const NODES = ['holder', 'target'] as const;
type Name = (typeof NODES)[number];
const OPERATION = 'rotation/production/run-1';
const [primary, staged, wanted] = [generateKey(), generateKey(), generateKey()];
const SURVEYED = { 0: fingerprint(staged), 1: fingerprint(primary) };

let directory: string;
let posts: Record<Name, Post>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-transit-'));
  posts = Object.fromEntries(NODES.map((name) => [name, postOf(name)])) as Record<Name, Post>;
  fill('holder', [staged, wanted, primary]);
  fill('target', [staged, primary]);
  for (const name of NODES) await approveEverywhere(name, await newIdentity(posts[name].configFile, name));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const repositoryOf = (name: Name) => join(directory, 'nodes', name);

function postOf(node: Name): Post {
  const folder = join(directory, node);
  mkdirSync(folder);
  const configFile = join(folder, 'rotor.yaml');
  const nodes = NODES.map((name) => ({ name, pull: true, repository: repositoryOf(name) }));
  const document = {
    fleet: 'production',
    tokens: { expiration: '1h', allowExpiredWindow: '1h' },
    inventory: [{ kind: 'static', sites: [{ name: 'one', nodes }] }],
  };
  writeFileSync(configFile, stringify(document));
  return {
    configFile,
    node,
    ownTaskQueue: `queue/${node}`,
    way: new WayAtHome(node),
    freshKeys: new FreshKeys(),
  };
}

function fill(name: Name, keys: readonly Buffer[]): void {
  mkdirSync(repositoryOf(name), { recursive: true, mode: 0o700 });
  keys.forEach((key, index) =>
    writeFileSync(join(repositoryOf(name), `${index}`), encodeKey(key), { mode: 0o600 }),
  );
}

async function approveEverywhere(name: string, fingerprintOfIdentity: string): Promise<void> {
  for (const { configFile } of Object.values(posts)) await approve(configFile, name, fingerprintOfIdentity);
}

async function announcedBy(name: Name, operation = OPERATION): Promise<FreshKey> {
  const { fresh, problem } = await createTransitActivities(posts[name]).announceKey({ operation });
  expect(problem).toBeNull();
  return fresh!;
}

function sealFor({ announcement }: FreshKey, operation = OPERATION) {
  const request = { operation, key: fingerprint(wanted), holders: ['holder'], announcement };
  return createTransitActivities(posts.holder).sealKey(request);
}

async function placeOn(
  name: Name,
  fresh: FreshKey,
  envelope: string,
  operation = OPERATION,
): Promise<NodeOutcome> {
  const request: PlaceRequest = {
    operation,
    step: { phase: 'distribute', reason: 'a test' },
    placement: { kind: 'hold', key: fingerprint(wanted) },
    nodes: [{ node: name, surveyed: sound(SURVEYED) }],
    expired: [],
    holders: { [fingerprint(wanted)]: [] },
    sealed: { freshKey: fresh.id, envelopes: { [fingerprint(wanted)]: envelope } },
    pauseMs: 1,
  };
  const activities = createPlacementActivities(posts[name]);
  const run = (asked: PlaceRequest): Promise<NodeOutcome[]> => activities.placeOnNodes(asked);
  const [outcome] = await new MockActivityEnvironment().run<[PlaceRequest], NodeOutcome[], typeof run>(
    run,
    request,
  );
  return outcome!;
}

/** The keys of the target as they stand there, and whatever else is. */
const contentOfTarget = () =>
  readdirSync(repositoryOf('target')).map((name) => [
    name,
    name === '.rotor' ? null : readFileSync(join(repositoryOf('target'), name), 'ascii'),
  ]);

async function isRefused(attempt: Promise<NodeOutcome>, code: string, before: unknown): Promise<void> {
  const { problem } = await attempt;
  expect(problem).toMatchObject({ node: 'target', code });
  expect(problem!.message).toMatch(/^target: /);
  expect(contentOfTarget()).toEqual(before);
}

test('a key goes from a node that holds it to one that lacks it, and the fresh key ends with the placement', async () => {
  const fresh = await announcedBy('target');
  const { envelope } = await sealFor(fresh);
  expect(await placeOn('target', fresh, envelope!)).toMatchObject({ problem: null });
  expect(contentOfTarget().map(([, content]) => content)).toContain(encodeKey(wanted).toString());
  const errand = { fleet: 'production', operation: OPERATION };
  expect(posts.target.freshKeys.privateKeyOf(fresh.id, errand)).toBeNull();
});

test('an envelope that was placed before, or that a restart came before, is refused, and nothing is written', async () => {
  const before = contentOfTarget();
  const fresh = await announcedBy('target');
  const { envelope } = await sealFor(fresh);
  posts.target.freshKeys.destroy(fresh.id);
  await isRefused(placeOn('target', fresh, envelope!), 'key-unavailable', before);
  await isRefused(placeOn('target', await announcedBy('target'), envelope!), 'key-unavailable', before);
});

test('an envelope of another operation is refused, and nothing is written', async () => {
  const before = contentOfTarget();
  const fresh = await announcedBy('target');
  const { envelope } = await sealFor(fresh);
  await isRefused(
    placeOn('target', fresh, envelope!, 'rotation/production/run-2'),
    'key-unavailable',
    before,
  );
  expect((await sealFor(await announcedBy('target'), 'rotation/production/run-2')).problem).toMatchObject({
    code: 'envelope-misdirected',
  });
});

test('an envelope that was changed is refused, and nothing is written', async () => {
  const before = contentOfTarget();
  const fresh = await announcedBy('target');
  const changed = Buffer.from((await sealFor(fresh)).envelope!, 'base64');
  changed[changed.length >> 1]! ^= 1;
  await isRefused(placeOn('target', fresh, changed.toString('base64')), 'envelope-forged', before);
});

test('an envelope of a holder that is not approved any more is refused, and nothing is written', async () => {
  const before = contentOfTarget();
  const fresh = await announcedBy('target');
  const { envelope } = await sealFor(fresh);
  await retire(posts.target.configFile, 'holder');
  await isRefused(placeOn('target', fresh, envelope!), 'recipient-unapproved', before);
});

test('nothing is sealed to somebody whom the holder has not approved, or who has a new identity', async () => {
  const old = await announcedBy('target');
  await retire(posts.holder.configFile, 'target');
  expect((await sealFor(old)).problem).toMatchObject({ code: 'recipient-unapproved' });
  await approveEverywhere('target', await newIdentity(posts.target.configFile, 'other'));
  await newIdentity(posts.target.configFile, 'target');
  const { envelope, problem } = await sealFor(await announcedBy('target'));
  expect(envelope).toBeNull();
  expect(problem!.message).toContain('another key');
});

test('a node without an identity, or with that of another, says what to do', async () => {
  await newIdentity(posts.target.configFile, 'holder');
  const announce = () => createTransitActivities(posts.target).announceKey({ operation: OPERATION });
  expect((await announce()).problem!.message).toContain('rotor recipient new target --replace');
  rmSync(join(directory, 'target', 'identity.key'));
  expect((await announce()).problem).toMatchObject({ code: 'identity-missing' });
});
