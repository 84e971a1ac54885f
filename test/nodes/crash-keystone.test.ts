import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Placement } from '../../core/operations.js';
import { sound } from '../../core/repository.js';
import { serverErrorsOf, startKeystones, type Keystones } from '../../lab/keystone.js';
import { issueToken, validateToken } from '../../lab/tokens.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import { place, placeNewKey, type PlaceRequest } from '../../nodes/writer.js';
import { dyingAt, type Moment } from './failing-files.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;
let keystones: Keystones;
let directory: string;

beforeAll(async () => {
  node = await startNode();
  node.fill('0:S 1:P');
  directory = mkdtempSync(join(tmpdir(), 'rotor-crash-'));
  keystones = await startKeystones({
    directory,
    nodes: [{ name: 'ctl1', region: 'region-one', repository: node.path }],
  });
});
afterAll(async () => {
  await keystones.stop();
  await node.stop();
  rmSync(directory, { recursive: true, force: true });
});

const url = () => keystones.nodes[0]!.url;
const issue = () => issueToken(url(), keystones.admin);

/** A rotation, each of its steps from where the one before it ended. */
const STEPS: readonly [string, Placement['kind'] | 'new key', string, string, string][] = [
  ['0:S 1:P', 'new key', '?', '', '0:S 1:? 2:P'],
  ['0:S 1:P', 'hold', 'I', '', '0:S 1:I 2:P'],
  ['0:S 1:I 2:P', 'promote', 'S', '', '0:S 1:I 2:P 3:S'],
  ['0:I 1:J 2:P 3:S', 'promote', 'I', 'P', '0:I 1:J 2:S 3:I'],
  ['0:S 1:I 2:P 3:S', 'stage', 'I', '', '0:I 1:I 2:P 3:S'],
  ['0:I 1:X 2:P 3:S', 'expire', 'X', 'X', '0:I 1:S 2:P 3:S'],
];
type Step = (typeof STEPS)[number];

function attempt(files: RepositoryFiles, [before, kind, letter, expired]: Step): Promise<unknown> {
  const visit = {
    holder: { operation: 'rotation/test/1', attempt: randomUUID() },
    surveyed: sound(node.repository(before)),
    expired: [...expired].map((each) => node.keys.fingerprint(each)),
    pauseMs: 1,
  };
  if (kind === 'new key') return placeNewKey(files, visit);
  const placement = { kind, key: node.keys.fingerprint(letter) } as PlaceRequest['placement'];
  const keyFor = () => Promise.resolve(Buffer.from(node.keys.of(letter)));
  return place(files, { ...visit, placement, keyFor });
}

/** A token from before is good, and so is one of now. */
async function expectService(earlier: string, when: string): Promise<void> {
  const fresh = await issue();
  expect(await validateToken(url(), fresh, earlier), `the earlier token ${when}`).toBe(200);
  expect(await validateToken(url(), earlier, fresh), `the new token ${when}`).toBe(200);
}

/** @returns whether the worker died, so that there may be a later operation to die at */
async function dieAt(step: Step, operation: number, moment: Moment): Promise<boolean> {
  const [before, , , , after] = step;
  node.fill(before);
  const earlier = await issue();
  const hasDied = await node.visit(async (files) => {
    const dying = dyingAt(files, operation, moment);
    await attempt(dying.files, step).catch(() => {});
    return dying.hasDied();
  });
  await expectService(earlier, `after a death ${moment} operation ${operation}`);
  await node.visit((files) => attempt(files, step));
  expect(node.layout(), `died ${moment} operation ${operation}`).toBe(after);
  expect(readdirSync(join(node.path, '.rotor'))).toEqual([]);
  expect(await validateToken(url(), earlier, earlier), 'after the attempt that followed').toBe(200);
  return hasDied;
}

describe('Keystone goes on where a worker died', () => {
  for (const step of STEPS) {
    const [before, kind, letter, , after] = step;
    for (const moment of ['before', 'after'] as const) {
      test(`${moment} any operation of ${kind} ${letter}, ${before} to ${after}`, async () => {
        let operation = 0;
        while (await dieAt(step, operation, moment)) operation++;
        expect(operation).toBeGreaterThan(3);
      });
    }
  }

  test('without one server error', () => {
    expect(serverErrorsOf(keystones.nodes[0]!)).toBe(0);
  });
});
