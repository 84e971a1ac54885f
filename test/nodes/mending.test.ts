import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Placement } from '../../core/operations.js';
import { encodeKey } from '../../keys/key.js';
import { readRepository, refuseKeysOfCredentials } from '../../nodes/reading.js';
import { place } from '../../nodes/writer.js';
import { readWithPython } from '../support/python-reading.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;

beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.stop());

const at = (name: string) => join(node.path, name);
const keyText = (letter: string) => encodeKey(node.keys.of(letter)).toString('latin1');
const write = (name: string, content: string) => writeFileSync(at(name), content, { mode: 0o600 });
const problems = async () => (await node.visit(readRepository)).problems;
const aside = () => readdirSync(at('.rotor/aside')).sort();

/** Surveys and brings about, as reconcile does. */
function bring(placement: Placement): Promise<unknown> {
  return node.visit(async (files) => {
    const { repository, damage } = await readRepository(files);
    return place(files, {
      holder: { operation: 'reconcile/test/1', attempt: randomUUID() },
      surveyed: { repository, damage },
      placement,
      expired: [],
      pauseMs: 1,
      keyFor: (key) => Promise.resolve(Buffer.from(node.keys.of(node.keys.letter(key)))),
    });
  });
}

const mend = () =>
  bring({ kind: 'mend', primary: node.keys.fingerprint('P'), staged: node.keys.fingerprint('S') });

/** Python reads what is there now, and so do we. */
async function expectSound(layout: string): Promise<void> {
  expect(await problems()).toEqual([]);
  expect(await readWithPython(node.path)).toEqual(node.repository(layout));
}

describe('mending', () => {
  const broken: [string, string, () => void, string][] = [
    ['an empty key', '1', () => write('1', ''), '0:S 1:P 2:P'],
    ['an empty staged key', '0', () => write('0', ''), '0:S 1:I 2:P'],
    ['half a key', '1', () => write('1', keyText('I').slice(0, 22)), '0:S 1:P 2:P'],
    ['half a primary', '2', () => write('2', keyText('P').slice(0, 22)), '0:S 1:I 2:P'],
    ['a key with white space', '1', () => write('1', ` ${keyText('I')}`), '0:S 1:P 2:P'],
    ['a key that others may write', '1', () => chmodSync(at('1'), 0o666), '0:S 1:I 2:P'],
  ];
  for (const [what, name, harm, after] of broken) {
    test(`${what} is reported and overwritten, and nothing else is left`, async () => {
      node.fill('0:S 1:I 2:P');
      harm();
      expect((await problems()).map(({ message }) => message)).toEqual([
        expect.stringContaining(at(name)) as string,
      ]);
      await mend();
      await expectSound(after);
      expect(statSync(at(name)).mode & 0o777).toBe(0o600);
      expect(readdirSync(at('.rotor'))).toEqual([]);
    });
  }

  test('names that only Python takes for numbers give way to proper ones, and their keys stay', async () => {
    node.fill('0:S 1:I 2:P 11:P');
    for (const [name, letter] of Object.entries({ '007': 'A', '+8': 'B', '1_0': 'C' }))
      write(name, keyText(letter));
    await mend();
    await expectSound('0:S 1:I 2:P 7:A 8:B 10:C 11:P');
    expect(aside()).toEqual(['+8', '007', '1_0']);
    expect(readFileSync(at('.rotor/aside/007'), 'latin1')).toBe(keyText('A'));
  });

  test('files that are no keys are moved aside, twice the same name as well', async () => {
    node.fill('0:S 1:P');
    for (const content of ['first', 'second']) {
      write('README', content);
      write('0.tmp', content);
      await mend();
      await expectSound('0:S 1:P');
    }
    expect(aside()).toEqual(['0.tmp', '0.tmp.1', 'README', 'README.1']);
    expect(readFileSync(at('.rotor/aside/README.1'), 'latin1')).toBe('second');
    expect(readdirSync(at('.rotor'))).toEqual(['aside']);
  });

  test('links and directories are reported and never touched', async () => {
    node.fill('0:S 1:P');
    symlinkSync(at('0'), at('5'));
    mkdirSync(at('6'));
    write('README', '');
    const codes = async () => (await problems()).map(({ code }) => code);
    expect(await codes()).toEqual(['stray-file', 'stray-file', 'stray-file']);
    await mend();
    expect(await codes()).toEqual(['stray-file', 'stray-file']);
    expect(lstatSync(at('5')).isSymbolicLink()).toBe(true);
    expect(lstatSync(at('6')).isDirectory()).toBe(true);
  });

  test('a missing staged key and gaps are no damage, and are filled by placements', async () => {
    node.fill('3:I 9:P');
    await expectSound('3:I 9:P');
    await bring({ kind: 'hold', key: node.keys.fingerprint('J') });
    await expectSound('1:J 3:I 9:P');
    await bring({ kind: 'stage', key: node.keys.fingerprint('J') });
    await expectSound('0:J 1:J 3:I 9:P');
    expect(readdirSync(at('.rotor'))).toEqual([]);
  });

  test('an empty repository gets its first key', async () => {
    node.fill('0:S');
    rmSync(at('0'));
    await bring({ kind: 'seed', key: node.keys.fingerprint('P'), index: 3 });
    await expectSound('3:P');
    expect(readdirSync(at('.rotor'))).toEqual([]);
  });
});

describe('repositories of other keys are refused', () => {
  test('that of credentials, also behind a link', async () => {
    node.fill('0:S 1:P');
    const credentials = join(dirname(node.path), 'credential-keys');
    renameSync(node.path, credentials);
    symlinkSync(credentials, node.path);
    await expect(node.visit(refuseKeysOfCredentials)).rejects.toMatchObject({ code: 'other-repository' });
    const direct = node.connections.use(
      { ...node.address, repository: credentials },
      refuseKeysOfCredentials,
    );
    await expect(direct).rejects.toMatchObject({ code: 'other-repository' });
    expect(readdirSync(credentials).sort()).toEqual(['0', '1']);
    rmSync(node.path);
  });

  test('that of JWS tokens', async () => {
    node.fill('0:S 1:P');
    await expect(node.visit(readRepository)).resolves.toMatchObject({ problems: [] });
    write('private.pem', '');
    await expect(node.visit(readRepository)).rejects.toThrow(/private\.pem/);
  });
});
