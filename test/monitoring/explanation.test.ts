import { describe, expect, test } from 'vitest';
import { explain } from '../../monitoring/explanation.js';
import type { PastOperation } from '../../monitoring/past-operations.js';

const PAST: PastOperation = {
  runId: 'r',
  type: 'rotation',
  startedAt: '',
  endedAt: '',
  seconds: 1,
  outcome: 'completed',
  error: null,
};

describe('how an operation ended, in sentences', () => {
  test('one that completed needs nothing', () => {
    expect(explain(PAST, []).next).toEqual([]);
  });

  test('one that failed says whether anything had changed, and begins with what mends it', () => {
    const error = { code: 'malformed-key', message: 'ctl3: file 0 is no key', nodes: ['ctl3'] } as const;
    const { sentences, next } = explain({ ...PAST, outcome: 'failed', error }, []);
    expect(sentences.join(' ')).toContain('ctl3: file 0 is no key. Nothing had been changed');
    expect(next[0]).toBe('rotor reconcile --node ctl3');
    expect(next).toContain('rotor rotate');
  });

  test('a timer whose run failed has to be resumed', () => {
    const { next } = explain({ ...PAST, outcome: 'failed', startedBy: 'schedule' }, []);
    expect(next.at(-1)).toBe('rotor schedule resume');
  });

  test('once promotion began, a person has to know', () => {
    const { sentences } = explain({ ...PAST, outcome: 'aborted' }, [{ phase: 'promote' }]);
    expect(sentences.join(' ')).toContain('Promotion had begun');
  });

  test.each(['running', 'compensated', 'terminated'] as const)(
    '%s: every ending has a next command',
    (outcome) => {
      expect(explain({ ...PAST, outcome }, []).next[0]).toMatch(/^rotor /);
    },
  );
});
