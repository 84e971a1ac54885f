/** What a node's directory may refuse. Both disk faults need a file system of the node's own, and so root. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../../lab/commands.js';
import type { Fault } from '../fault.js';
import type { FaultScene, SceneNode } from '../scene.js';
import { primaryNameOf } from '../repositories.js';

const HOLD_MS = 8_000;
const TRIES = 40;
const PAGE = 4_096;

const needsOwnDisk = (scene: FaultScene) =>
  scene.hasOwnDisks ? null : 'needs root: a small file system for each node';

export const diskFull: Fault = {
  name: 'disk-full',
  // SFTP version 3 has no code for it; the message names a full disk.
  codes: ['disk-full', 'changed-underneath'],
  excusesNode: false,
  holdMs: HOLD_MS,
  obstacle: needsOwnDisk,
  inject: (_, node) => {
    const ballast = join(dirname(node.repository), 'ballast');
    fill(ballast);
    return Promise.resolve(() => rmSync(ballast, { force: true }));
  },
};

function fill(ballast: string): void {
  for (;;) {
    try {
      writeFileSync(ballast, Buffer.alloc(PAGE), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

export const readOnly: Fault = {
  name: 'read-only',
  codes: ['permissions', 'changed-underneath'],
  excusesNode: false,
  holdMs: HOLD_MS,
  obstacle: needsOwnDisk,
  inject: async (_, node) => {
    await remount(node, 'ro');
    return () => remount(node, 'rw');
  },
};

/** Refused while a file is open for writing, which is a moment. */
async function remount(node: SceneNode, mode: 'ro' | 'rw'): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await runCommand('mount', ['-o', `remount,${mode}`, dirname(node.repository)]);
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
      await sleep(25);
    }
  }
}

/** Of a key file: root, whom a directory's mode does not stop, is told by the survey. */
export const permissionLost: Fault = {
  name: 'permission-lost',
  codes: ['permissions'],
  excusesNode: false,
  holdMs: HOLD_MS,
  inject: (_, node) => {
    const file = join(node.repository, primaryNameOf(node.repository));
    chmodSync(file, 0o666);
    return Promise.resolve(() => chmodSync(file, 0o600));
  },
};
