/** Who was in the way while an operation ran, as a person would have seen it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocking } from '../core/rotation.js';
import type { FaultScene } from './scene.js';

const LOOK_EVERY_MS = 100;

export interface Observer {
  /** @returns who was ever said to be waited for, each with a code once */
  stop(): Promise<Blocking[]>;
}

export function observeBlocking(scene: FaultScene): Observer {
  const seen = new Map<string, Blocking>();
  let isStopping = false;
  const ended = (async () => {
    while (!isStopping) {
      const progress = await scene.progress();
      if (progress?.outcome === 'blocked')
        for (const each of progress.blocking) seen.set(`${each.node} ${each.code}`, each);
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      isStopping = true;
      await ended;
      return [...seen.values()];
    },
  };
}
