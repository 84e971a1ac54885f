import type { Fault } from '../fault.js';
import { diskFull, permissionLost, readOnly } from './disks.js';
import { clockOff, hostKeyChanged, nodeWiped } from './nodes.js';
import { linkDown, linkSlow, replyLost } from './network.js';
import { configurationBroken, nodeAdded, nodeRemoved, rotateByHand, secondRotate } from './people.js';
import { sshdHung, sshdKilled, temporalKilled, workerKilled } from './processes.js';

export const FAULTS: readonly Fault[] = [
  workerKilled,
  temporalKilled,
  sshdKilled,
  sshdHung,
  linkDown,
  linkSlow,
  replyLost,
  diskFull,
  readOnly,
  permissionLost,
  hostKeyChanged,
  clockOff,
  secondRotate,
  rotateByHand,
  nodeWiped,
  nodeAdded,
  nodeRemoved,
  configurationBroken,
];
