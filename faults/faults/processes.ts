/** Processes that die, or hang. */
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, signal } from '../../lab/process-tree.js';
import { UNTIL_NOTICED_MS, type Fault } from '../fault.js';

const AWAY_MS = 500;

export const workerKilled: Fault = {
  name: 'worker-killed',
  codes: [],
  excusesNode: false,
  holdMs: AWAY_MS,
  inject: async (scene) => {
    await scene.killWorker();
    return () => scene.startWorker();
  },
};

export const temporalKilled: Fault = {
  name: 'temporal-killed',
  codes: [],
  excusesNode: false,
  holdMs: AWAY_MS,
  inject: async (scene) => {
    await scene.killTemporal();
    return () => scene.startTemporal();
  },
};

export const sshdKilled: Fault = {
  name: 'sshd-killed',
  codes: ['unreachable'],
  excusesNode: false,
  holdMs: UNTIL_NOTICED_MS,
  inject: async (_, node) => {
    await node.sshd.stop();
    return () => node.sshd.start();
  },
};

export const sshdHung: Fault = {
  name: 'sshd-hung',
  codes: ['unreachable'],
  excusesNode: false,
  holdMs: UNTIL_NOTICED_MS,
  inject: (_, node) => {
    const stopped = [node.sshd.pid, ...descendantsOf(node.sshd.pid)];
    for (const pid of stopped) signal(pid, 'SIGSTOP');
    return Promise.resolve(async () => {
      for (const pid of stopped) signal(pid, 'SIGCONT');
      await sleep(AWAY_MS);
    });
  },
};
