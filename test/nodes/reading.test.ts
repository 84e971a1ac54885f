import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRepository } from '../../nodes/reading.js';
import { startNode, type NodeUnderTest } from './repository.js';

let node: NodeUnderTest;

beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.stop());
beforeEach(() => node.fill('0:S 1:P'));

const codes = async () => (await node.visit(readRepository)).problems.map(({ code }) => code);
const write = (name: string, content: string) =>
  writeFileSync(join(node.path, name), content, { mode: 0o600 });
const KEY = `${Buffer.alloc(32, 9).toString('base64url')}=`;

describe('reading a repository as Keystone does', () => {
  test('a sound one has no problems; a trailing newline and our own directory are none', async () => {
    write('1', `${KEY}\n`);
    mkdirSync(join(node.path, '.rotor'));
    expect(await codes()).toEqual([]);
  });

  const malformed: [string, string][] = [
    ['an empty file', ''],
    ['a truncated key', KEY.slice(0, 20)],
    ['an unpadded key', KEY.slice(0, 43)],
    ['white space', ` ${KEY}`],
    ['two newlines', `${KEY}\n\n`],
    ['standard base64', `${Buffer.alloc(32, 255).toString('base64')}`],
    ['bits that no key has', `${KEY.slice(0, 42)}l=`],
  ];
  for (const [what, content] of malformed) {
    test(`${what} is a malformed key, named by its file and never by its content`, async () => {
      write('1', content);
      const { problems } = await node.visit(readRepository);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ code: 'malformed-key' });
      expect(problems[0]!.message).toContain(join(node.path, '1'));
      if (content.trim() !== '') expect(problems[0]!.message).not.toContain(content.trim());
    });
  }

  for (const name of ['02', '+7', '-5', '1_0', '0.tmp', 'README', '.0.AbCdEf']) {
    test(`a file named ${name} is a stray one`, async () => {
      write(name, KEY);
      expect(await codes()).toEqual(['stray-file']);
    });
  }

  test('a link is a stray file', async () => {
    symlinkSync(join(node.path, '0'), join(node.path, '2'));
    expect(await codes()).toEqual(['stray-file']);
  });

  test('a key that others may write is a permission problem', async () => {
    chmodSync(join(node.path, '0'), 0o666);
    expect(await codes()).toEqual(['permissions']);
  });

  test('an empty repository is a problem, and one that does not exist an error that names its place', async () => {
    for (const name of ['0', '1']) rmSync(join(node.path, name));
    expect(await codes()).toEqual(['empty-repository']);
    rmSync(node.path, { recursive: true });
    await expect(node.visit(readRepository)).rejects.toMatchObject({ code: 'no-repository' });
    await expect(node.visit(readRepository)).rejects.toThrow(node.path);
  });
});
