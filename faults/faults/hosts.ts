/** What becomes of a whole host. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startProcess } from '../../lab/processes.js';
import { sshdProgram } from '../../lab/tools.js';
import type { Fault } from '../fault.js';
import { wipeRepository } from '../repositories.js';

const HOLD_MS = 8_000;

export const hostKeyChanged: Fault = {
  name: 'host-key-changed',
  codes: ['host-key-changed', 'unreachable'],
  excusesNode: false,
  holdMs: HOLD_MS,
  inject: async (scene, node) => {
    await node.sshd.replaceHostKey();
    return () => scene.pinHostKeys();
  },
};

export const nodeWiped: Fault = {
  name: 'node-wiped',
  codes: ['empty-repository', 'changed-underneath', 'no-repository'],
  excusesNode: true,
  holdMs: HOLD_MS,
  needsReconcile: true,
  inject: (_, node) => {
    wipeRepository(node.repository);
    return Promise.resolve(() => {});
  },
};

/** The clock that a session sees: file times are all that rotor knows of it. */
export const clockOff: Fault = {
  name: 'clock-off',
  codes: ['unreachable'],
  excusesNode: false,
  holdMs: HOLD_MS,
  staysToEnd: true,
  obstacle: () => (libfaketime() === null ? 'needs the package faketime' : null),
  inject: async (_, node) => {
    await node.sshd.stop();
    const directory = dirname(node.sshd.log);
    const ahead = await startProcess({
      program: sshdProgram,
      args: ['-f', join(directory, 'sshd_config'), '-D', '-e'],
      log: node.sshd.log,
      env: { LD_PRELOAD: libfaketime()!, FAKETIME: '+1h' },
      isReady: () => node.greets(),
    });
    return async () => {
      await ahead.stop();
      await node.sshd.start();
    };
  },
};

function libfaketime(): string | null {
  const found = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  const files = found.map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`);
  return files.find((file) => existsSync(file)) ?? null;
}
