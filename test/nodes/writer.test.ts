import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Placement } from '../../core/operations.js';
import { sound } from '../../core/repository.js';
import { NodeConnections } from '../../nodes/connections.js';
import { place, placeNewKey, type PlaceRequest } from '../../nodes/writer.js';
import { dyingAt, type Moment } from './failing-files.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;

beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.stop());

type Kind = Exclude<Placement['kind'], 'mend'>;

function request(surveyed: string, kind: Kind, letter: string, expired: string[] = []): PlaceRequest {
  return {
    holder: { operation: 'rotation/test/1', attempt: randomUUID() },
    surveyed: sound(node.repository(surveyed)),
    placement: placementOf(kind, node.keys.fingerprint(letter)),
    expired: expired.map((each) => node.keys.fingerprint(each)),
    pauseMs: 1,
    keyFor: () => Promise.resolve(Buffer.from(node.keys.of(letter))),
  };
}

function placementOf(kind: Kind, key: string): Placement {
  switch (kind) {
    case 'expire':
      return { kind };
    case 'seed':
      return { kind, key, index: 3 };
    case 'hold':
    case 'promote':
    case 'stage':
      return { kind, key };
  }
}

/** Nothing before the first attempt has locked. */
const leftovers = () => (existsSync(join(node.path, '.rotor')) ? readdirSync(join(node.path, '.rotor')) : []);

describe('placements on a real node', () => {
  const cases: [string, Kind, string, string[], string][] = [
    ['0:S 1:P', 'hold', 'I', [], '0:S 1:I 2:P'],
    ['0:S 1:I 2:P', 'promote', 'S', [], '0:S 1:I 2:P 3:S'],
    ['0:I 1:J 2:P 3:S', 'promote', 'I', ['P'], '0:I 1:J 2:S 3:I'],
    ['0:S 1:I 2:P 3:S', 'stage', 'I', [], '0:I 1:I 2:P 3:S'],
    ['0:I 1:X 2:P 3:S', 'expire', 'X', ['X'], '0:I 1:S 2:P 3:S'],
  ];
  for (const [before, kind, letter, expired, after] of cases) {
    test(`${kind} ${letter} brings ${before} to ${after}, and a second time changes nothing`, async () => {
      node.fill(before);
      await node.visit((files) => place(files, request(before, kind, letter, expired)));
      expect(node.layout()).toBe(after);
      const again = await node.visit((files) => place(files, request(before, kind, letter, expired)));
      expect(again.operations).toEqual([]);
      expect(node.layout()).toBe(after);
      expect(leftovers()).toEqual([]);
    });

    for (const moment of ['before', 'after'] as Moment[]) {
      test(`${kind} ${letter}: a worker that dies ${moment} any operation leaves every live key, and the next attempt ends right`, async () => {
        const live = before.split(' ').filter((part) => !expired.includes(part.split(':')[1]!));
        for (let operation = 0; ; operation++) {
          node.fill(before);
          let hasDied = false;
          await node.visit(async (files) => {
            const dying = dyingAt(files, operation, moment);
            await place(dying.files, request(before, kind, letter, expired)).catch(() => {});
            hasDied = dying.hasDied();
          });
          for (const part of live) expect(node.layout()).toContain(`:${part.split(':')[1]}`);
          await node.visit((files) => place(files, request(before, kind, letter, expired)));
          expect(node.layout(), `died at operation ${operation}`).toBe(after);
          expect(leftovers()).toEqual([]);
          if (!hasDied) {
            expect(operation).toBeGreaterThan(3);
            return;
          }
        }
      });
    }
  }

  test('files get the owner of the repository and the mode of the keys beside them', async () => {
    node.fill('0:S 1:P');
    for (const name of ['0', '1']) chmodSync(join(node.path, name), 0o640);
    await node.visit((files) => place(files, request('0:S 1:P', 'hold', 'I')));
    for (const name of ['0', '1', '2']) expect(statSync(join(node.path, name)).mode & 0o777).toBe(0o640);
  });
});

describe('a new key', () => {
  test('is placed as a secondary, and an attempt that is repeated takes up what the first one placed', async () => {
    node.fill('0:S 1:P');
    const first = await node.visit((files) => placeNewKey(files, request('0:S 1:P', 'hold', '-')));
    const second = await node.visit((files) => placeNewKey(files, request('0:S 1:P', 'hold', '-')));
    expect(second.key).toBe(first.key);
    expect(second.operations).toEqual([]);
    expect(node.layout()).toBe('0:S 1:? 2:P');
  });
});

describe('what somebody else does meanwhile', () => {
  test('a repository that is not as surveyed is not touched', async () => {
    node.fill('0:X 1:P 2:S');
    const visit = node.visit((files) => place(files, request('0:S 1:P', 'hold', 'I')));
    await expect(visit).rejects.toMatchObject({ code: 'changed-underneath' });
    expect(node.layout()).toBe('0:X 1:P 2:S');
  });

  test('the lock of another operation is respected while it is fresh, and taken over when it is old', async () => {
    node.fill('0:S 1:P');
    await node.visit((files) => place(files, request('0:S 1:P', 'promote', 'P')));
    const lock = join(node.path, '.rotor', 'lock');
    writeFileSync(lock, 'rotation/other/1\nattempt\n');
    const visit = () => node.visit((files) => place(files, request('0:S 1:P', 'hold', 'I')));
    await expect(visit()).rejects.toMatchObject({ code: 'locked' });
    expect(node.layout()).toBe('0:S 1:P');
    const threeMinutesAgo = Date.now() / 1000 - 180;
    utimesSync(lock, threeMinutesAgo, threeMinutesAgo);
    await visit();
    expect(node.layout()).toBe('0:S 1:I 2:P');
  });

  test('a late rename of an attempt that was replaced finds no source', async () => {
    node.fill('0:S 1:I 2:P 3:S');
    const late = request('0:S 1:I 2:P 3:S', 'stage', 'I');
    let goOn = () => {};
    const replaced = new Promise<void>((resolve) => (goOn = resolve));
    // The first attempt stops at the very rename, as a connection that hangs would, and goes on after the second one.
    const other = new NodeConnections(1);
    const attempt = other.use(node.address, (files) =>
      place(
        new Proxy(files, {
          get: (target, property: keyof typeof files) => {
            const value: unknown = Reflect.get(target, property);
            if (property !== 'rename')
              return typeof value === 'function' ? (value.bind(target) as unknown) : value;
            return async (from: string, to: string) => {
              if (to === '0') await replaced;
              await target.rename(from, to);
            };
          },
        }),
        late,
      ),
    );
    const outcome = attempt.catch((error: unknown) => error);
    await expect.poll(() => leftovers().some((name) => name !== 'lock')).toBe(true);
    await expect.poll(() => leftovers().filter((name) => !name.startsWith('lock')).length).toBe(1);
    await node.visit((files) => place(files, request('0:S 1:I 2:P 3:S', 'promote', 'S')));
    goOn();
    expect(await outcome).toMatchObject({ code: 'no-repository' });
    expect(node.layout()).toBe('0:S 1:I 2:P 3:S');
    await other.close();
    expect(existsSync(join(node.path, '.rotor', 'lock'))).toBe(false);
  });
});
