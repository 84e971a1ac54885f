import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeKey } from '../../keys/key.js';
import { sound } from '../../core/repository.js';
import { place } from '../../nodes/writer.js';
import { startNode, type NodeUnderTest } from './repository.js';

/** Only root may mount, and not in every container. */
let isMounted = false;
let node: NodeUnderTest;

beforeAll(async () => {
  node = await startNode();
  node.fill('0:S');
  isMounted = mount('-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', node.path);
});
afterAll(async () => {
  if (isMounted) execFileSync('umount', [node.path]);
  await node.stop();
});

function mount(...args: string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Not by `fill`, which would remove the mount point. */
function writeKeys(): void {
  for (const name of readdirSync(node.path)) rmSync(join(node.path, name), { recursive: true });
  for (const [index, letter] of ['S', 'P'].entries())
    writeFileSync(join(node.path, `${index}`), encodeKey(node.keys.of(letter)), { mode: 0o600 });
}

function fillUp(): void {
  try {
    writeFileSync(join(node.path, '.filler'), Buffer.alloc(128 * 1024));
  } catch {
    // Full, as it shall be.
  }
}

const hold = () =>
  node.visit((files) =>
    place(files, {
      holder: { operation: 'rotation/test/1', attempt: randomUUID() },
      surveyed: sound(node.repository('0:S 1:P')),
      placement: { kind: 'hold', key: node.keys.fingerprint('I') },
      expired: [],
      pauseMs: 1,
      keyFor: () => Promise.resolve(Buffer.from(node.keys.of('I'))),
    }),
  );

test('a full disk is called so, harms no key, and the work goes on when there is place', async (context) => {
  if (!isMounted) return context.skip();
  writeKeys();
  fillUp();
  const creating = node.visit((files) =>
    files.create('.more', Buffer.alloc(44), { mode: 0o600, uid: 0, gid: 0 }),
  );
  await expect(creating).rejects.toMatchObject({ code: 'disk-full' });
  rmSync(join(node.path, '.more'));
  expect(readFileSync(join(node.path, '1'))).toEqual(encodeKey(node.keys.of('P')));
  rmSync(join(node.path, '.filler'));
  await hold();
  expect(node.layout()).toBe('0:S 1:I 2:P');
});

test('a read-only disk is called so', async (context) => {
  if (!isMounted) return context.skip();
  writeKeys();
  execFileSync('mount', ['-o', 'remount,ro', node.path]);
  try {
    await expect(hold()).rejects.toThrow(/read-only/);
  } finally {
    execFileSync('mount', ['-o', 'remount,rw', node.path]);
  }
  await hold();
  expect(node.layout()).toBe('0:S 1:I 2:P');
});
