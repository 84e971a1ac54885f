/** What `npm test` explores, each to its end. */
import type { Scenario } from './scenario.js';

const FRESH = '0:S 1:P';

/** As one rotation leaves a fleet; what it replaced has expired since. */
const LATER = {
  start: '0:I 1:I 2:P 3:S',
  history: [
    [0, FRESH],
    [1, '0:I 1:I 2:P 3:S'],
  ],
} as const;

const ONCE = { nodes: 3, programmes: [['rotate']], start: FRESH, budget: {} } as const;
const TWICE = { ...ONCE, programmes: [['rotate', 'rotate']] } as const;

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (!scenario)
    throw new RangeError(
      `there is no scenario ${name}; there are ${SCENARIOS.map((each) => each.name).join(', ')}`,
    );
  return scenario;
}

export const SCENARIOS: readonly Scenario[] = [
  { ...ONCE, name: 'one rotation' },
  { ...ONCE, ...LATER, name: 'one rotation, later' },
  { ...TWICE, name: 'two rotations', maxActiveKeys: 6 },
  { ...ONCE, name: 'stray', budget: { strays: 1 }, readsInAnyOrder: true },
  { ...ONCE, ...LATER, name: 'stray, later', budget: { strays: 1 } },
  { ...ONCE, name: 'a lost reply', budget: { losses: 1 } },
  { ...ONCE, name: 'two lost replies', nodes: 2, budget: { losses: 2 } },
  { ...ONCE, name: 'a lost reply and a stray', nodes: 2, budget: { losses: 1, strays: 1 } },
  { ...TWICE, name: 'down', budget: { downs: 2 }, maxActiveKeys: 6 },
  { ...ONCE, name: 'down and a stray', nodes: 2, history: [[0, FRESH]], budget: { downs: 1, strays: 1 } },
  { ...ONCE, name: 'restored', oldCopy: '0:P 1:O', budget: { restores: 1, repairs: 1 } },
  { ...ONCE, ...LATER, name: 'restored, later', oldCopy: FRESH, budget: { restores: 1 } },
  {
    ...ONCE,
    name: 'restored and a lost reply',
    nodes: 2,
    oldCopy: '0:P 1:O',
    budget: { restores: 1, losses: 1 },
  },
  {
    ...TWICE,
    name: 'restored and time',
    nodes: 2,
    oldCopy: '0:P 1:O',
    budget: { restores: 1, ticks: 1 },
    maxActiveKeys: 6,
  },
  {
    ...ONCE,
    name: 'an edited node',
    start: '0:S 1:O 2:P',
    history: [
      [0, '0:P 1:O'],
      [1, '0:S 1:O 2:P'],
    ],
    oldCopy: '0:S 1:O 2:S',
    budget: { restores: 1 },
    maxActiveKeys: 6,
  },
  { ...ONCE, name: 'two strays', nodes: 2, budget: { strays: 2, repairs: 1 }, maxActiveKeys: 8 },
  {
    ...ONCE,
    name: 'two orchestrators',
    nodes: 2,
    programmes: [['rotate'], ['rotate']],
    budget: { switches: 3 },
  },
  { ...ONCE, name: 'aborted', budget: { aborts: 1 } },
  { ...ONCE, name: 'aborted, and a stray', budget: { aborts: 1, strays: 1 }, nodes: 2 },
  { ...TWICE, name: 'time', nodes: 2, budget: { ticks: 3 }, maxActiveKeys: 6 },
  { ...TWICE, name: 'longer lives', nodes: 2, lifetime: 2, budget: { ticks: 3 }, maxActiveKeys: 6 },
  {
    ...TWICE,
    name: 'clocks apart',
    nodes: 2,
    clocks: [0, 1],
    margin: 0,
    budget: { ticks: 3 },
    maxActiveKeys: 6,
  },
  { ...TWICE, name: 'deaf', deaf: [1], maxActiveKeys: 6 },
  { ...ONCE, name: 'deaf and a stray', deaf: [1], budget: { strays: 1 } },
  { ...ONCE, name: 'joining empty', startOf: { 2: '' }, fenced: [2], budget: { unfences: 1 } },
  {
    ...ONCE,
    name: 'joining from an old copy',
    startOf: { 2: '0:P 1:O' },
    fenced: [2],
    budget: { unfences: 1 },
  },
  {
    ...ONCE,
    ...LATER,
    name: 'joining with a secondary too few',
    startOf: { 2: '0:I 1:S' },
    fenced: [2],
    budget: { unfences: 1 },
  },
  {
    ...ONCE,
    name: 'joining and a stray',
    startOf: { 2: '0:P 1:O' },
    fenced: [2],
    budget: { unfences: 1, strays: 1 },
    maxActiveKeys: 7,
  },
  { ...ONCE, name: 'revoked', programmes: [['revoke']] },
  { ...ONCE, name: 'revoked, and a lost reply', programmes: [['revoke']], nodes: 2, budget: { losses: 1 } },
];
