/** One run of the simulator: a fleet with its settings, drawn from the seed, and the faults that it meets. */
import { FAULTS, type Fault } from './faults.js';
import type { FleetDescription } from '../core/messages.js';
import type { Random } from './random.js';

const MINUTE = 60_000;

/** Mistakes that are planted on purpose, to prove that the checks see them. */
export const SABOTAGES = [
  /** The writer's pause is shorter than a reader's listing takes. */
  'no-pause',
  /** A node that can't be read is taken to be like the others. */
  'ignore-unreachable',
  /** Directories are never synced. */
  'no-sync',
  /** Keys are thought to live a quarter of what their tokens do. */
  'short-lives',
] as const;
export type Sabotage = (typeof SABOTAGES)[number];

export interface EpisodeOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly faults: readonly Fault[];
  /** Faults end after so many; then the fleet has to come to rest. */
  readonly steps: number;
  readonly sabotage?: Sabotage;
}

export interface Settings {
  readonly expirationMs: number;
  readonly windowMs: number;
  readonly marginMs: number;
  readonly pauseMs: number;
  readonly waitForNodeMs: number;
  readonly everyMs: number;
  readonly siteCount: number;
  readonly canBeProbed: boolean;
}

export function drawSettings(random: Random): Settings {
  const expirationMs = random.between(5, 40) * MINUTE;
  const windowMs = random.between(0, 40) * MINUTE;
  const marginMs = random.between(2, 8) * MINUTE;
  // Sometimes far more often than tokens expire, sometimes just slower.
  const often = random.pick([0.3, 0.6, 1.1]);
  return {
    expirationMs,
    windowMs,
    marginMs,
    pauseMs: random.pick([500, 1_000, 2_000]),
    waitForNodeMs: random.between(1, 15) * MINUTE,
    everyMs: Math.max(4 * MINUTE, often * (expirationMs + windowMs + marginMs)),
    siteCount: random.between(1, 4),
    canBeProbed: random.chance(0.4),
  };
}

/** Most runs without some kinds: faults hide each other when all are there ("swarm testing"). */
export function drawFaults(random: Random): Fault[] {
  const without = random.pick([0, 0.3, 0.6]);
  return FAULTS.filter((fault) => !random.chance(SELDOM.includes(fault) ? 0.8 : without));
}

/** After these less is promised, so most runs go without. */
const SELDOM: readonly Fault[] = ['strangers', 'ledger', 'revoke', 'restore'];

/** Keys that a repository never comes to by rotations at these intervals, and that a stranger purges down to. */
export const MAX_ACTIVE_KEYS = 60;

export function describeSettings(
  settings: Settings,
  nodes: FleetDescription['nodes'],
  sabotage: Sabotage | undefined,
): FleetDescription {
  const isShort = sabotage === 'short-lives';
  return {
    fleet: 'simulated',
    nodes,
    policy: {
      expirationMs: isShort ? settings.expirationMs / 4 : settings.expirationMs,
      allowExpiredWindowMs: isShort ? settings.windowMs / 4 : settings.windowMs,
      marginMs: isShort ? 0 : settings.marginMs,
      maxFiles: MAX_ACTIVE_KEYS,
      maxActiveKeys: MAX_ACTIVE_KEYS,
    },
    pauseMs: sabotage === 'no-pause' ? 0 : settings.pauseMs,
    waitForNodeMs: settings.waitForNodeMs,
    everyMs: settings.everyMs,
  };
}
