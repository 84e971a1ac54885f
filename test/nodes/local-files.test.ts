import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Placement } from '../../core/operations.js';
import { LocalFiles } from '../../nodes/local-files.js';
import { NodeError } from '../../nodes/node-error.js';
import { readRepository } from '../../nodes/reading.js';
import type { RepositoryFiles } from '../../nodes/repository-files.js';
import { WayAtHome, WayBySsh } from '../../nodes/ways.js';
import { place } from '../../nodes/writer.js';
import { dyingAt } from './failing-files.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;
let local: LocalFiles;

beforeAll(async () => {
  node = await startNode();
  local = new LocalFiles('ctl1', node.path);
});
afterAll(() => node.stop());
beforeEach(() => node.fill('0:S 1:P 2:O'));

const OWNER = { uid: process.getuid!(), gid: process.getgid!(), mode: 0o640 };

/** What a request came to: its answer, or the code of its error. */
async function outcomeOf(files: RepositoryFiles, request: (files: RepositoryFiles) => Promise<unknown>) {
  return request(files).catch((error: unknown) => {
    if (!(error instanceof NodeError)) throw error;
    expect(error.cause).toBeUndefined();
    return error.code;
  });
}

const REQUESTS: readonly (readonly [string, (files: RepositoryFiles) => Promise<unknown>])[] = [
  ['its path', (files) => files.realPath()],
  ['a listing', async (files) => (await files.list('.')).map(({ name }) => name).sort()],
  ['a listing of nothing', (files) => files.list('gone')],
  ['attributes', (files) => files.attributes('1')],
  ['attributes of a symbolic link', async (files) => (await files.attributes('link')).kind],
  ['attributes of nothing', (files) => files.attributes('gone')],
  ['a file', (files) => files.read('1')],
  ['a file that is none', (files) => files.read('gone')],
  ['an empty file', (files) => files.read('empty')],
  ['a file that is too long to be a key', async (files) => (await files.read('long')).length],
  ['a directory that exists', (files) => files.makeDirectory('.rotor', 0o700)],
  ['a new file over an old one', (files) => files.create('1', Buffer.from('x'), OWNER)],
  ['a link over an old name', (files) => files.link('1', '2')],
  ['a link of nothing', (files) => files.link('gone', '9')],
  ['a rename of nothing', (files) => files.rename('gone', '1')],
  ['removing nothing', (files) => files.remove('gone')],
  ['syncing a directory', (files) => files.syncDirectory('.')],
  ['syncing nothing', (files) => files.syncDirectory('gone')],
];

describe('files of this machine', () => {
  beforeEach(() => {
    mkdirSync(join(node.path, '.rotor'), { mode: 0o700 });
    writeFileSync(join(node.path, 'empty'), '');
    writeFileSync(join(node.path, 'long'), Buffer.alloc(10_000));
    symlinkSync('1', join(node.path, 'link'));
  });

  for (const [what, request] of REQUESTS) {
    test(`${what}: the same answer as over SFTP`, async () => {
      const overSftp = await node.visit((files) => outcomeOf(files, request));
      expect(await outcomeOf(local, request)).toEqual(overSftp);
    });
  }

  test('a new file has the content, owner and mode that it was asked for, and is refused over an old name', async () => {
    await local.create('.rotor/new', Buffer.from('content'), OWNER);
    const path = join(node.path, '.rotor', 'new');
    expect(readFileSync(path, 'ascii')).toBe('content');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(execFileSync('stat', ['-c', '%u:%g', path]).toString().trim()).toBe(`${OWNER.uid}:${OWNER.gid}`);
  });

  test('a symbolic link is not followed to a key elsewhere', async () => {
    await expect(local.read('link')).rejects.toThrow(NodeError);
  });
});

describe('placements at home', () => {
  const surveyedAs = (layout: string) => ({ repository: node.repository(layout), damage: [] });
  const cases: [Placement['kind'], string, string][] = [
    ['hold', 'I', '0:S 1:P 2:O'],
    ['promote', 'S', '0:S 1:P 2:O'],
    ['stage', 'O', '0:S 1:P 2:O'],
  ];

  for (const [kind, letter, layout] of cases) {
    for (const moment of ['before', 'after'] as const) {
      test(`${kind} ${letter}: a worker that dies ${moment} any operation is gone on for, as over SSH`, async () => {
        const expired: string[] = [];
        const request = (attempt: string) => ({
          placement: { kind, key: node.keys.fingerprint(letter) } as Placement,
          surveyed: surveyedAs(layout),
          holder: { operation: 'rotation/x/1', attempt },
          ...{ expired, pauseMs: 1 },
          keyFor: () => Promise.resolve(Buffer.from(node.keys.of(letter))),
        });
        for (let operation = 0; ; operation++) {
          node.fill(layout);
          const { files, hasDied } = dyingAt(local, operation, moment);
          await place(files, request(`a${operation}`)).catch(() => {});
          if (!hasDied()) break;
          await place(local, request(`b${operation}`));
          const { repository, problems } = await readRepository(local);
          expect(problems).toEqual([]);
          for (const key of ['S', 'P', 'O', letter])
            expect(Object.values(repository)).toContain(node.keys.fingerprint(key));
        }
      });
    }
  }
});

describe('ways to nodes', () => {
  const pullNode = { name: 'ctl1', site: 'one', isPull: true } as const;

  test('a worker on a node acts there only', async () => {
    const way = new WayAtHome('ctl1');
    const home = { ...pullNode, repository: node.path };
    expect(Object.keys((await way.use(home, readRepository)).repository)).toHaveLength(3);
    for (const other of [{ ...home, name: 'ctl2' }, node.address])
      await expect(way.use(other, readRepository)).rejects.toThrow('its own files only');
  });

  test('a worker of the fleet never acts for a pull node', async () => {
    const way = new WayBySsh(node.connections);
    const attempt = way.use({ ...pullNode, repository: node.path }, readRepository);
    await expect(attempt).rejects.toThrow('rotor worker --node ctl1');
    rmSync(node.path, { recursive: true });
  });
});
