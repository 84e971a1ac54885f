/**
 * The longer run: `npm run model -- --nodes 4 [--scenario "stray"] [--most 4000000]`. Every scenario with as many nodes, each
 * to its end or to so many states.
 */
import { parseArgs } from 'node:util';
import { check, type Result } from './checker.js';
import { tableOf, traceOf } from './report.js';
import { REAL_RULES } from './rules.js';
import { SCENARIOS, scenarioNamed } from './scenarios.js';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '4' },
    scenario: { type: 'string' },
    most: { type: 'string', default: '4000000' },
  },
});

async function main(): Promise<void> {
  const scenarios = values.scenario === undefined ? SCENARIOS : [scenarioNamed(values.scenario)];
  const results: Result[] = [];
  for (const scenario of scenarios) {
    const result = await check(REAL_RULES, { ...scenario, nodes: Number(values.nodes) }, Number(values.most));
    console.log(tableOf([result]).split('\n')[1]);
    if (result.found) console.log(traceOf(result));
    results.push(result);
  }
  console.log(`\n${tableOf(results)}`);
  process.exitCode = results.some(({ found }) => found) ? 1 : 0;
}

void main();
