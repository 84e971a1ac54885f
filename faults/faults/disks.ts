/** What a node's directory may refuse. Both disk faults need a file system of the node's own, and so root. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../../lab/commands.js';
import { UNTIL_TOLD, type Fault } from '../fault.js';
import type { FaultScene, SceneNode } from '../scene.js';
import { primaryNameOf } from '../repositories.js';
import { until } from '../until.js';

const PAGE = 4_096;
const REMOUNT_PATIENCE_MS = 5_000;

const needsOwnDisk = (scene: FaultScene) =>
  scene.hasOwnDisks ? null : 'needs root, and a file system for each node';

export const diskFull: Fault = {
  name: 'disk-full',
  codes: ['disk-full'],
  lasts: UNTIL_TOLD,
  answer: 'retry',
  obstacle: needsOwnDisk,
  inject: ({ node }) => {
    const ballast = join(dirname(node.repository), 'ballast');
    fill(ballast);
    return Promise.resolve(() => rmSync(ballast));
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
  // SFTP version 3 has no code for it; the message tells.
  codes: ['changed-underneath'],
  lasts: UNTIL_TOLD,
  answer: 'retry',
  obstacle: needsOwnDisk,
  inject: async ({ node, letGo }) => {
    await remount(node, 'ro', letGo);
    return () => remount(node, 'rw');
  },
};

/** A file that is open for writing refuses it; its visit closes it when it is let go on. */
function remount(node: SceneNode, mode: 'ro' | 'rw', letGo = () => {}): Promise<void> {
  const isMounted = async () => {
    try {
      await runCommand('mount', ['-o', `remount,${mode}`, dirname(node.repository)]);
      return true;
    } catch {
      letGo();
      return false;
    }
  };
  return until(isMounted, REMOUNT_PATIENCE_MS, `${node.name} could not be mounted ${mode}`);
}

/** Of a key file: root, whom a directory's mode does not stop, is told by the survey. */
export const permissionLost: Fault = {
  name: 'permission-lost',
  codes: ['permissions'],
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  spoilsFiles: true,
  answer: 'retry',
  inject: ({ node }) => {
    const file = join(node.repository, primaryNameOf(node.repository));
    chmodSync(file, 0o666);
    return Promise.resolve(() => chmodSync(file, 0o600));
  },
};
