import { describe, expect, test } from 'vitest';
import { forecast, type ForecastOptions } from '../../core/forecast.js';
import type { FleetDescription } from '../../core/messages.js';
import { asked } from './rules/scene.js';
import { EMPTY_LEDGER, type Ledger } from '../../core/ledger.js';
import { ledgerAfter, LIFE, lookAt, NOW, POLICY, type NodeDetails } from './text.js';

const HEALTHY = 'a: 0:S 1:P | b: 0:S 1:P';
const DESCRIPTION: FleetDescription = {
  fleet: 'f',
  nodes: [],
  policy: POLICY,
  pauseMs: 100,
  waitForNodeMs: 0,
  everyMs: 10 * LIFE,
};
const NEXT: ForecastOptions = { steps: null, syncOnly: false, nextRunAt: null };

interface Asked {
  options?: Partial<ForecastOptions>;
  details?: Record<string, NodeDetails>;
  ledger?: Ledger;
}

function foresee(text: string, { options, details, ledger = EMPTY_LEDGER }: Asked = {}) {
  const { steps, stoppedBy } = forecast(lookAt(text, details), ledger, DESCRIPTION, { ...NEXT, ...options });
  return { steps, stoppedBy, lines: steps.map(({ phase, nodes }) => `${phase} ${nodes.join(' ')}`) };
}

describe('a forecast', () => {
  test('goes to the end of the next rotation, and says when', () => {
    const { lines, steps, stoppedBy } = foresee(HEALTHY);
    expect(lines).toEqual(['distribute a', 'distribute b', 'promote a', 'promote b', 'stage a b']);
    expect(stoppedBy).toBeNull();
    // A visit takes half a second and one pause for each file operation.
    const after = steps.map(({ at }) => Date.parse(at) - NOW);
    expect(after).toEqual([0, 700, 1400, 2000, 2600]);
    expect(steps.map(({ operations }) => operations)).toEqual([2, 2, 1, 1, 1]);
  });

  test('asks the Keystones that can be asked, as often as the real one', () => {
    const { lines, steps } = foresee(HEALTHY, { details: { b: asked() } });
    expect(lines).toEqual([
      'distribute a',
      'distribute b',
      'confirm b',
      'promote a',
      'promote b',
      'stage a b',
    ]);
    expect(steps[2]!.operations).toBe(0);
    expect(Date.parse(steps[3]!.at) - Date.parse(steps[2]!.at)).toBe(500);
  });

  test('of a sync only', () => {
    expect(foresee(HEALTHY, { options: { syncOnly: true } }).lines).toEqual([]);
    expect(foresee('a: 0:S 1:O 2:P | b: 0:S 1:P', { options: { syncOnly: true } }).lines).toEqual([
      'reconcile b',
    ]);
  });

  test('of so many steps, over as many rotations as it takes', () => {
    const { steps } = foresee(HEALTHY, { options: { steps: 12, nextRunAt: NOW + 50_000 } });
    expect(steps).toHaveLength(12);
    expect(steps[5]!.at).toBe(new Date(NOW + 50_000).toISOString());
    expect(steps[5]!.phase).toBe('prune');
    // The first step of a later run removes what has expired since.
    expect(steps[11]!.at).toBe(new Date(NOW + 50_000 + DESCRIPTION.everyMs).toISOString());
    expect(foresee(HEALTHY, { options: { steps: 2 } }).steps).toHaveLength(2);
  });

  test('without a schedule the next run comes an interval later', () => {
    const { steps } = foresee(HEALTHY, { options: { steps: 6 } });
    expect(Date.parse(steps[5]!.at) - Date.parse(steps[4]!.at)).toBe(600 + DESCRIPTION.everyMs);
  });

  test.each([
    ['a: 0:S 1:P | b: away', 'waiting for b', 'unreachable'],
    ['a: 0:S 1:P | b: empty', 'a node: empty-repository', 'empty-repository'],
  ])('stops where the operation would: %s', (text, message, code) => {
    const { lines, stoppedBy } = foresee(text);
    expect(lines).toEqual([]);
    expect(stoppedBy).toMatchObject({ message, problems: [{ node: 'b', code }] });
  });

  test('a repair that was allowed, and the first key of an empty fleet', () => {
    const repairs = (...names: string[]): Ledger => ({ ...ledgerAfter(lookAt(HEALTHY)), repairs: names });
    const details = { b: { damage: [{ kind: 'malformed', index: 0 } as const] } };
    const mended = foresee('a: 0:S 1:P | b: 1:P', { details, ledger: repairs('b') });
    expect(mended.lines.slice(0, 2)).toEqual(['reconcile b', 'distribute a']);
    const first = foresee('a: empty | b: empty', {
      options: { syncOnly: true },
      ledger: { ...EMPTY_LEDGER, repairs: ['a', 'b'] },
    });
    expect(first.stoppedBy).toBeNull();
    expect(first.lines[0]).toBe('distribute a');
  });

  test('nothing is learnt, and nothing touched', () => {
    const survey = Object.freeze(lookAt(HEALTHY));
    const copy = structuredClone(survey);
    forecast(survey, Object.freeze(EMPTY_LEDGER), DESCRIPTION, NEXT);
    expect(survey).toEqual(copy);
  });
});
