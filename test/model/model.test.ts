import { afterAll, describe, expect, test } from 'vitest';
import { check, type Result } from './checker.js';
import { MUTANTS, hunt } from './mutants.js';
import { caughtLine, tableOf, traceOf } from './report.js';
import { REAL_RULES } from './rules.js';
import { SCENARIOS } from './scenarios.js';

describe('every state that our steps lead to', () => {
  const results: Result[] = [];

  test.each(SCENARIOS)('$name', async (scenario) => {
    const result = await check(REAL_RULES, scenario);
    results.push(result);
    expect(result.found, traceOf(result)).toBeNull();
  });

  test('they are a million or more', () => {
    expect(results.reduce((total, { states }) => total + states, 0)).toBeGreaterThanOrEqual(1_000_000);
  });

  afterAll(() => console.log(tableOf(results)));
});

describe('a change that breaks the rules is caught', () => {
  const lines: string[] = [];

  test.each(MUTANTS)('$name', async (mutant) => {
    const result = await hunt(mutant);
    lines.push(caughtLine(mutant, result));
    expect(result?.found, 'no scenario shows what is wrong with it').toBeTruthy();
  });

  afterAll(() => console.log(lines.join('\n')));
});
