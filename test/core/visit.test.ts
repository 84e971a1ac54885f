import { describe, expect, test } from 'vitest';
import { applyOperation } from '../../core/operations.js';
import { contentsDigest, sound, type Contents } from '../../core/repository.js';
import { beginVisit, continueVisit, type VisitPlan, type VisitState } from '../../core/visit.js';
import { repositoryOf } from './text.js';

const at = (text: string): Contents => sound(repositoryOf(text));

function planFor(surveyed: string): VisitPlan {
  return { placement: { kind: 'hold', key: 'I' }, surveyed: at(surveyed), expired: [] };
}

type Disturb = (action: string, here: Contents) => Contents;

/** The actions of a visit to its end; somebody else may change the node before any of them. */
function visit(plan: VisitPlan, start: string, disturb: Disturb = (_, here) => here) {
  const actions: string[] = [];
  let here = at(start);
  let state: VisitState = beginVisit();
  for (;;) {
    const { next } = state;
    actions.push(next.kind);
    here = disturb(`${next.kind} ${actions.length}`, here);
    if (next.kind === 'act') here = applyOperation(here, next.operation);
    const looks = next.kind === 'read' || next.kind === 'check';
    const after = continueVisit(plan, state, looks ? here : null);
    if ('kind' in after) return { actions: actions.join(' '), end: after.kind, left: contentsDigest(here) };
    state = after;
  }
}

const ROUND = 'stage check act settle pause read';

describe('one visit to a node', () => {
  test('locks, clears and reads before anything; each operation is staged, checked, done, synced', () => {
    expect(visit(planFor('0:S 1:P'), '0:S 1:P')).toEqual({
      actions: `lock clear read ${ROUND} ${ROUND}`,
      end: 'reached',
      left: '0:S 1:I 2:P',
    });
  });

  test('takes up what an earlier attempt has begun', () => {
    expect(visit(planFor('0:S 1:P'), '0:S 1:P 2:P')).toMatchObject({
      actions: `lock clear read ${ROUND}`,
      left: '0:S 1:I 2:P',
    });
  });

  test('has nothing to do where the placement is reached', () => {
    expect(visit(planFor('0:S 1:P'), '0:S 1:I 2:P')).toMatchObject({
      actions: 'lock clear read',
      end: 'reached',
    });
  });

  test('touches nothing on a node that is not as the survey found it', () => {
    expect(visit(planFor('0:S 1:P'), '0:N 1:P 2:S')).toEqual({
      actions: 'lock clear read',
      end: 'changed',
      left: '0:N 1:P 2:S',
    });
  });

  test('stops when somebody changes it between the look and the act', () => {
    const other = at('0:N 1:P 2:S');
    const between = visit(planFor('0:S 1:P'), '0:S 1:P', (action, here) =>
      action === 'check 5' ? other : here,
    );
    expect(between).toEqual({ actions: 'lock clear read stage check', end: 'changed', left: '0:N 1:P 2:S' });
  });

  test('stops when somebody changes it during the pause, even to another state on the way', () => {
    const back = at('0:S 1:P');
    const paused = visit(planFor('0:S 1:P'), '0:S 1:P', (action, here) =>
      action === 'read 9' ? back : here,
    );
    expect(paused).toMatchObject({ actions: `lock clear read ${ROUND}`, end: 'changed', left: '0:S 1:P' });
  });

  test('what is no key counts as a change', () => {
    const strange = { ...at('0:S 1:P'), damage: [{ kind: 'stray', name: 'x' } as const] };
    const seen = visit(planFor('0:S 1:P'), '0:S 1:P', (action, here) =>
      action === 'read 3' ? strange : here,
    );
    expect(seen.end).toBe('changed');
  });
});
