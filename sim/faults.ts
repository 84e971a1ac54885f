/** Which faults a run may have, and how often. */
import type { Random } from './random.js';

export const FAULTS = [
  /** Requests lost, connections lost before or after the effect, replies lost, sessions that stall for minutes. */
  'network',
  /** Nodes that workers can't reach for a while, though their users can. */
  'partition',
  /** Power losses, with what was not synced torn or gone. */
  'crash',
  /** Full, failing and forbidden disks. */
  'disk',
  /** Disks that come back from an older copy, or empty. */
  'restore',
  /** Clocks that jump, within what the margin covers. */
  'clock',
  /** Somebody else's `fernet_rotate`: at most one since the fleet was last in sync. */
  'stranger',
  /** More strangers than the design promises to bear; what they break is excused until it is repaired. */
  'strangers',
  /** Workers that die or are given up while they still work; results that get lost, so that work is done twice. */
  'worker',
  /** Operators who abort, pause, fence, unfence, add and remove nodes. */
  'operator',
  /** Operations that are terminated from outside and replaced by others. */
  'terminate',
  /** Temporal's database is lost, and with it the ledger. */
  'ledger',
  /** Every key is revoked. */
  'revoke',
] as const;
export type Fault = (typeof FAULTS)[number];

export type RequestFate =
  'served' | 'connection lost before' | 'connection lost after' | 'reply lost' | 'stalled';

/** Of a request, of an attempt: often enough that each happens many times, seldom enough that work gets done. */
const REQUEST_FAULT = 0.0015;
const ATTEMPT_FAULT = 0.04;

export class Faults {
  /** Once false, nothing goes wrong any more. */
  areOn = true;

  constructor(
    private readonly random: Random,
    readonly kinds: ReadonlySet<Fault>,
    /** Large fleets see as many faults in all as small ones, or they would never get anywhere. */
    private readonly nodeCount: number,
  ) {}

  has(kind: Fault): boolean {
    return this.areOn && this.kinds.has(kind);
  }

  fateOfRequest(): RequestFate {
    const probability = Math.min(REQUEST_FAULT, (REQUEST_FAULT * 20) / this.nodeCount);
    if (!this.has('network') || !this.random.chance(probability)) return 'served';
    return this.random.pick(['connection lost before', 'connection lost after', 'reply lost', 'stalled']);
  }

  fateOfAttempt(): 'done' | 'dies' | 'is given up' | 'result lost' {
    if (!this.has('worker') || !this.random.chance(ATTEMPT_FAULT)) return 'done';
    return this.random.pick(['dies', 'is given up', 'result lost']);
  }
}
