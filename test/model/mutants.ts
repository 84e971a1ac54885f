/** Changes to the rules that a tired colleague might make, each with scenarios that have to show what is wrong with it. */
import { check, type Result } from './checker.js';
import { withMutatedRules, type Patch } from './mutated-rules.js';
import { scenarioNamed } from './scenarios.js';

export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Names of scenarios, tried one after the other. */
  readonly scenarios: readonly string[];
}

const VISIT_ORDER = `    case 'lock':
      return { ...state, next: { kind: 'clear' } };
    case 'clear':
    case 'pause':`;

/** Those that the design names. */
const NAMED: readonly Mutant[] = [
  {
    name: 'gate on a majority',
    patches: [
      {
        file: 'rules/equality.ts',
        search: 'if (step) return step;',
        replace:
          'const holders = fleet.serving.filter((node) => holds(node.repository, key)).length; if (step && holders * 2 <= fleet.serving.length) return step;',
      },
    ],
    scenarios: ['two rotations', 'stray'],
  },
  {
    name: 'gate on reachable nodes only',
    patches: [
      {
        file: 'planner.ts',
        search: "if (problems.length > 0 && (intent.kind === 'sync' || intent.kind === 'rotate')) {",
        replace: 'if (problems.length > 0 && fleet.read.length === 0) {',
      },
    ],
    scenarios: ['down'],
  },
  {
    name: 'no confirm',
    patches: [{ file: 'rules/promotion.ts', search: 'confirmStep(nodes, keys) ??', replace: '' }],
    scenarios: ['deaf'],
  },
  {
    name: 'prune by count',
    patches: [
      {
        file: 'rules/pruning.ts',
        search: 'const removable = fleet.reusable.filter((key) => !fleet.live.includes(key));',
        replace:
          'const kept = fleet.serving.flatMap(({ repository }) => [repository[0], Object.values(repository).at(-1)]); const removable = fleet.live.filter((key) => !kept.includes(key));',
      },
    ],
    scenarios: ['two rotations'],
  },
  {
    name: 'prune by age since creation',
    patches: [
      {
        file: 'ledger.ts',
        search: 'return record.lastPrimaryAt + ledger.longestExpirationMs',
        replace: 'return record.firstSeenAt + ledger.longestExpirationMs',
      },
    ],
    scenarios: ['time'],
  },
  {
    name: 'staging straight into slot 0',
    patches: [
      {
        file: 'rules/equality.ts',
        search: "{ kind: 'hold', key },",
        replace: "{ kind: key === fleet.incoming ? 'stage' : 'hold', key },",
      },
      {
        file: 'operations.ts',
        search: "    case 'stage':\n    case 'expire':\n      return [];",
        replace: "    case 'stage': return [placement.key];\n    case 'expire':\n      return [];",
      },
    ],
    scenarios: ['stray'],
  },
  {
    name: 'a restored node serving at once',
    patches: [
      {
        file: 'orders.ts',
        search: "standAs(known, order.node, 'joining', at)",
        replace: "standAs(known, order.node, 'serving', at)",
      },
    ],
    scenarios: ['joining from an old copy'],
  },
  {
    name: 'promotion by moving slot 0',
    patches: [
      {
        file: 'operations.ts',
        search: '    repository: { ...repository, [index]: key },',
        replace:
          "    repository: Object.fromEntries(Object.entries({ ...repository, [index]: key }).filter(([name]) => !(operation.kind === 'add' && name === '0' && repository[0] === key && index !== 0))),",
      },
    ],
    scenarios: ['one rotation'],
  },
  {
    name: 'removal while an invariant is broken',
    patches: [{ file: 'fleet.ts', search: '...(isEqual ? expired : [])', replace: '...expired' }],
    scenarios: ['an edited node'],
  },
  {
    name: 'evidence that is stale',
    patches: [
      {
        file: 'key-states.ts',
        search: 'return now - survey.startedAt <= mostAgeMs;',
        replace: 'return now >= survey.startedAt;',
      },
    ],
    scenarios: ['restored and time'],
  },
];

/** Our own. */
const MORE: readonly Mutant[] = [
  {
    name: 'a visit does not clear what was staged',
    patches: [
      {
        file: 'visit.ts',
        search: VISIT_ORDER,
        replace: "    case 'lock':\n    case 'clear':\n    case 'pause':",
      },
    ],
    scenarios: ['a lost reply'],
  },
  {
    name: 'a visit clears before it locks',
    patches: [
      {
        file: 'visit.ts',
        search: VISIT_ORDER,
        replace:
          "    case 'clear':\n      return { ...state, next: { kind: 'lock' } };\n    case 'lock':\n    case 'pause':",
      },
      {
        file: 'visit.ts',
        search: "return { next: { kind: 'lock' }, found",
        replace: "return { next: { kind: 'clear' }, found",
      },
    ],
    scenarios: ['a lost reply'],
  },
  {
    name: 'a visit acts without a check',
    patches: [
      {
        file: 'visit.ts',
        search: "return { ...state, next: { kind: 'check' } };",
        replace: "return { ...state, next: { kind: 'act', operation: next.operation } };",
      },
    ],
    scenarios: ['a lost reply'],
  },
  {
    name: 'a visit does not pause',
    patches: [
      {
        file: 'visit.ts',
        search: "return { ...state, next: { kind: 'pause' } };",
        replace: "return { ...state, next: { kind: 'read' } };",
      },
    ],
    scenarios: ['one rotation'],
  },
  {
    name: 'a visit checks the lock and no digest',
    patches: [
      {
        file: 'visit.ts',
        search: "if (!isOneOf(seen!, [state.found!])) return { kind: 'changed' };",
        replace: '',
      },
      {
        file: 'visit.ts',
        search: 'const operation = nextOperation(seen!, plan.placement, plan.expired)!;',
        replace: 'const operation = nextOperation(state.found!, plan.placement, plan.expired)!;',
      },
    ],
    scenarios: ['stray'],
  },
  {
    name: 'promotion over the old primary, without a copy of it',
    patches: [
      {
        file: 'operations.ts',
        search: 'if (isElsewhere(repository, top)) return',
        replace: 'if (top > 0) return',
      },
    ],
    scenarios: ['one rotation'],
  },
  {
    name: 'slot 0 is taken without keeping its key',
    patches: [
      {
        file: 'operations.ts',
        search: 'const isNeeded = !expired.includes(staged) && !isElsewhere(repository, STAGED_INDEX);',
        replace: 'const isNeeded = false;',
      },
    ],
    scenarios: ['stray', 'aborted', 'stray, later'],
  },
  {
    name: 'any secondary is free',
    patches: [
      {
        file: 'operations.ts',
        search: 'expired.includes(repository[index]!) || isElsewhere(repository, index),',
        replace: 'expired.length === 0 || index > 0,',
      },
    ],
    scenarios: ['one rotation', 'two rotations'],
  },
  {
    name: 'slot 0 changes before all have promoted',
    patches: [
      {
        file: 'planner.ts',
        search: 'joinStep(fleet) ??\n    settleStep(fleet, ledger)',
        replace: 'joinStep(fleet)',
      },
    ],
    scenarios: ['one rotation', 'stray'],
  },
  {
    name: 'the most common primary wins, not the newest',
    patches: [
      {
        file: 'fleet.ts',
        search: 'const candidates = primaries.filter((key) => since(key) === newest);',
        replace: 'const candidates = primaries.filter(() => newest >= 0);',
      },
    ],
    scenarios: ['stray'],
  },
  {
    name: 'the past of an unknown key is no concern',
    patches: [
      {
        file: 'ledger.ts',
        search: 'mayBePrimary: false, lastPrimaryAt: at };\n}\n\nfunction seen',
        replace: 'mayBePrimary: false, lastPrimaryAt: null };\n}\n\nfunction seen',
      },
    ],
    scenarios: ['two orchestrators'],
  },
  {
    name: 'age since the last look that saw it lead',
    patches: [
      {
        file: 'ledger.ts',
        search: 'return { mayBePrimary: !everyNodeWasRead, lastPrimaryAt: at };',
        replace: 'return { mayBePrimary: !everyNodeWasRead, lastPrimaryAt: known.lastPrimaryAt };',
      },
    ],
    scenarios: ['time'],
  },
  {
    name: 'clocks are taken to be equal',
    patches: [
      {
        file: 'ledger.ts',
        search: 'return policy.marginMs + clockSpreadMs(survey, ledger.nodes);',
        replace: 'return policy.marginMs;',
      },
    ],
    scenarios: ['clocks apart'],
  },
  {
    name: 'the window for expired tokens is forgotten',
    patches: [{ file: 'ledger.ts', search: ' + ledger.longestWindowMs + marginMs', replace: ' + marginMs' }],
    scenarios: ['longer lives'],
  },
  {
    name: 'a new node serves before it has every key',
    patches: [
      { file: 'learning.ts', search: 'live.every((key) => holds(repository, key)) &&', replace: '' },
      {
        file: 'learning.ts',
        search: '    serving.some((other) => stagedOf(other.repository) === stagedOf(repository)) &&',
        replace: '',
      },
    ],
    scenarios: ['joining empty', 'joining from an old copy', 'joining with a secondary too few'],
  },
  {
    name: 'revoked keys are overwritten before all have promoted',
    patches: [
      {
        file: 'rules/revocation.ts',
        search: 'if (nodes.some((node) => primaryOf(node.repository) !== primary))',
        replace: 'if (nodes.every((node) => primaryOf(node.repository) !== primary))',
      },
    ],
    scenarios: ['revoked'],
  },
  {
    name: 'only the key to be promoted is confirmed',
    patches: [
      {
        file: 'rules/promotion.ts',
        search: 'following !== null && holdersOf(nodes, following) > 0 ? [key, following] : [key]',
        replace: '[key]',
      },
    ],
    scenarios: ['deaf and a stray'],
  },
  {
    name: 'to put back, the old primary takes the place of the new one',
    patches: [
      {
        file: 'operations.ts',
        search: "    : { kind: 'replace', index: free, key: primary };",
        replace: "    : { kind: 'replace', index: top, key };",
      },
    ],
    scenarios: ['aborted', 'one rotation, later'],
  },
];

export const MUTANTS: readonly Mutant[] = [...NAMED, ...MORE];

/** The first scenario that shows what is wrong with the mutant; null when none does. */
export function hunt({ patches, scenarios }: Mutant): Promise<Result | null> {
  return withMutatedRules(patches, async (rules) => {
    for (const name of scenarios) {
      const result = await check(rules, scenarioNamed(name));
      if (result.found) return result;
    }
    return null;
  });
}
