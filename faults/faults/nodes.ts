/** What becomes of a whole node. */
import { existsSync, readdirSync } from 'node:fs';
import { UNTIL_THE_END, UNTIL_TOLD, type Fault } from '../fault.js';
import { NotStruck } from '../not-struck.js';
import { wipeRepository } from '../repositories.js';

export const hostKeyChanged: Fault = {
  name: 'host-key-changed',
  codes: ['host-key-changed'],
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  answer: 'retry',
  inject: async ({ scene, node }) => {
    await node.sshd.replaceHostKey();
    return () => scene.pinHostKeys();
  },
};

export const nodeWiped: Fault = {
  name: 'node-wiped',
  codes: ['empty-repository', 'no-repository', 'changed-underneath'],
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  refuses: 'what it is asked',
  spoilsFiles: true,
  answer: 'reconcile',
  inject: ({ node }) => {
    wipeRepository(node.repository);
    return Promise.resolve(() => {});
  },
};

/** As a session shows it: times of files are all that rotor knows of a node's clock. */
export const clockOff: Fault = {
  name: 'clock-off',
  // Its sshd has to be started again for it.
  codes: ['unreachable'],
  lasts: UNTIL_THE_END,
  answer: 'retry',
  obstacle: () => (libfaketime() === null ? 'needs the package faketime' : null),
  inject: async ({ scene, node }) => {
    await node.sshd.stop();
    await node.sshd.start({ LD_PRELOAD: libfaketime()!, FAKETIME: '+1h' });
    if (!(await scene.isClockAhead(node))) throw new NotStruck('the clock of the session did not move');
    return async () => {
      await node.sshd.stop();
      await node.sshd.start();
    };
  },
};

function libfaketime(): string | null {
  const found = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  const files = found.map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`);
  return files.find((file) => existsSync(file)) ?? null;
}
