/**
 * Who was in the way while an operation ran, as a person would have seen it. What anybody else sees counts as well: whoever
 * waits for a fault to be told of ends it at once, and then there may be nothing left to see.
 */
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
  const stopListening = scene.onProgress(({ outcome, blocking }) => {
    if (outcome !== 'blocked') return;
    for (const each of blocking) seen.set(`${each.node} ${each.code}`, each);
  });
  let isStopping = false;
  const ended = (async () => {
    while (!isStopping) {
      await scene.progress();
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      isStopping = true;
      await ended;
      stopListening();
      return [...seen.values()];
    },
  };
}
