import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import type { Verification } from '../../workflows/verification.js';
import { startScene, type Scene } from '../support/scene.js';

const isRoot = process.getuid?.() === 0;

/** An account that every system has, with neither a shell nor a home. */
const ACCOUNT = 'nobody';

/** Needs root: another account, a chroot that belongs to root at every level, and a mount. */
describe.skipIf(!isRoot)('nodes as they are in production', () => {
  let scene: Scene;
  let directory: string;
  let mountPoint: string;
  const uid = isRoot ? Number(execFileSync('id', ['-u', ACCOUNT])) : 0;
  const gid = isRoot ? Number(execFileSync('id', ['-g', ACCOUNT])) : 0;

  beforeAll(async () => {
    directory = mkdtempSync('/run/rotor-test-');
    chmodSync(directory, 0o755);
    const chroot = join(directory, 'chroot');
    mountPoint = join(directory, 'mounted', 'fernet-keys');
    for (const each of [join(chroot, 'fernet-keys'), mountPoint]) mkdirSync(each, { recursive: true });
    chownSync(join(chroot, 'fernet-keys'), uid, gid);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=1m,mode=0700`, 'rotor-test', mountPoint]);
    scene = await startScene('accounts', {
      directory: join(directory, 'fleet'),
      nodes: [
        {
          name: 'restricted',
          region: 'region-one',
          repository: join(chroot, 'fernet-keys'),
          user: ACCOUNT,
          chroot,
        },
        { name: 'mounted', region: 'region-two', repository: mountPoint },
      ],
    });
  });

  afterAll(async () => {
    await scene.stop();
    execFileSync('umount', [mountPoint]);
    rmSync(directory, { recursive: true, force: true });
  });

  test('an account with SFTP only and a repository that is a mount point are rotated like any other', async () => {
    const traffic = scene.startTraffic();
    for (let rotation = 1; rotation <= 2; rotation++) {
      const { json } = await scene.rotorJson<OperationResult>('rotate');
      expect(json).toMatchObject({ outcome: 'completed', error: null });
    }
    expect((await traffic.stop()).failures).toEqual([]);
    expect((await scene.rotorJson<Verification>('verify')).json.inSync).toBe(true);
  });

  test('owner and mode of every key file are those of the repository, and nothing is left beside them', () => {
    for (const { repository } of scene.fleet.nodes) {
      const owner = statSync(repository);
      for (const name of readdirSync(repository)) {
        if (name === '.rotor') {
          expect(readdirSync(join(repository, name))).toEqual([]);
          continue;
        }
        const { uid: fileUid, gid: fileGid, mode } = statSync(join(repository, name));
        expect([name, fileUid, fileGid, mode & 0o777]).toEqual([name, owner.uid, owner.gid, 0o600]);
      }
    }
  });
});
