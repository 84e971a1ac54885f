/** The way between worker and node. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AT_ONCE, UNTIL_TOLD, type Fault } from '../fault.js';
import { NotStruck } from '../not-struck.js';
import { CHANGING } from '../phases.js';
import { namesAndFiles } from '../repositories.js';

const SLOW_FOR_MS = 4_000;
const REPLY_PATIENCE_MS = 20_000;
/** Replies of a visit that may come before the one that is lost, where none of them tells of a change. */
const REPLIES_BEFORE = 3;

export const linkDown: Fault = {
  name: 'link-down',
  codes: ['unreachable'],
  lasts: UNTIL_TOLD,
  mustBeTold: true,
  answer: 'retry',
  inject: async ({ node }) => {
    if (node.host === null) node.proxy.down();
    else await node.host.pullTheLine();
    return () => (node.host === null ? node.proxy.fair() : node.host.plugItIn());
  },
};

export const linkSlow: Fault = {
  name: 'link-slow-lossy',
  codes: ['unreachable'],
  lasts: { kind: 'moment', ms: SLOW_FOR_MS },
  answer: 'retry',
  inject: ({ node, chance }) => {
    node.proxy.slow(chance);
    return Promise.resolve(() => {
      const cuts = node.proxy.cuts();
      node.proxy.fair();
      if (cuts === 0) throw new NotStruck('nothing passed the slow link');
    });
  },
};

/** It heals by itself: the next connection is a good one. */
export const replyLost: Fault = {
  name: 'reply-lost',
  codes: ['unreachable'],
  lasts: AT_ONCE,
  answer: 'retry',
  inject: async ({ node, phase, chance, letGo }) => {
    const before = namesAndFiles(node.repository);
    let left = Math.floor(chance.next() * REPLIES_BEFORE);
    const tellsOfChange = () => namesAndFiles(node.repository) !== before;
    const lost = node.proxy.loseReply(CHANGING.includes(phase) ? tellsOfChange : () => left-- === 0);
    letGo();
    const isLost = await Promise.race([lost.then(() => true), sleep(REPLY_PATIENCE_MS, false)]);
    if (!isLost) throw new NotStruck('no reply came that could be lost');
    return () => {};
  },
};
