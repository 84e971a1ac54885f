/** Processes that die, or hang. */
import { descendantsOf, signal } from '../../lab/process-tree.js';
import { AT_ONCE, UNTIL_TOLD, type Fault } from '../fault.js';

export const workerKilled: Fault = {
  name: 'worker-killed',
  codes: [],
  lasts: AT_ONCE,
  answer: 'retry',
  inject: async ({ scene }) => {
    await scene.killWorker();
    return () => scene.startWorker();
  },
};

export const temporalKilled: Fault = {
  name: 'temporal-killed',
  codes: [],
  lasts: AT_ONCE,
  answer: 'retry',
  inject: async ({ scene }) => {
    await scene.killTemporal();
    return () => scene.startTemporal();
  },
};

export const sshdKilled: Fault = {
  name: 'sshd-killed',
  codes: ['unreachable'],
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  answer: 'retry',
  inject: async ({ node }) => {
    for (const pid of sshdAndSessions(node.sshd.pid)) signal(pid, 'SIGKILL');
    await node.sshd.stop();
    return () => node.sshd.start();
  },
};

export const sshdHung: Fault = {
  name: 'sshd-hung',
  codes: ['unreachable'],
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  answer: 'retry',
  inject: ({ node }) => {
    const stopped = sshdAndSessions(node.sshd.pid);
    for (const pid of stopped) signal(pid, 'SIGSTOP');
    return Promise.resolve(() => stopped.forEach((pid) => signal(pid, 'SIGCONT')));
  },
};

function sshdAndSessions(pid: number): number[] {
  return [pid, ...descendantsOf(pid)];
}
