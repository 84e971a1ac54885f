/** The way between worker and node. */
import { UNTIL_NOTICED_MS, type Fault } from '../fault.js';

export const linkDown: Fault = {
  name: 'link-down',
  codes: ['unreachable'],
  excusesNode: false,
  holdMs: UNTIL_NOTICED_MS,
  inject: (_, node) => {
    node.proxy.down();
    return Promise.resolve(() => node.proxy.fair());
  },
};

export const linkSlow: Fault = {
  name: 'link-slow-lossy',
  codes: [],
  excusesNode: false,
  holdMs: 4_000,
  inject: (_, node) => {
    node.proxy.slow();
    return Promise.resolve(() => node.proxy.fair());
  },
};

/** It heals by itself: the next connection is a good one. */
export const replyLost: Fault = {
  name: 'reply-lost',
  codes: ['unreachable'],
  excusesNode: false,
  holdMs: 1_000,
  inject: (_, node) => {
    node.proxy.loseReply();
    return Promise.resolve(() => {});
  },
};
