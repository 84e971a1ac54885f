import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Decision } from '../../core/decision.js';
import { standingOf } from '../../core/membership.js';
import { questionsOf } from '../../core/questions.js';
import { holds, isEmpty, isPrimaryCertain, keysOf, sound, type Contents } from '../../core/repository.js';
import { expiredNow } from '../../core/retention.js';
import { all, noNeededKeyTaken, noStepBack, onlyAddsWhileUnequal } from './invariants.js';
import { broken, scenarios, type Mishap, type Scenario } from './random-fleet.js';
import { VirtualFleet } from './virtual-fleet.js';

/** A mutation run repeats every test for each mutant; there a few hundred have to do. */
const RUNS = Number(process.env.FLEET_RUNS ?? 12_000);

/** Several times what each takes. */
vi.setConfig({ testTimeout: RUNS * 50 });

/** First the repairs, then keys that came out from behind damage, then what a stranger's rotate brought. */
const MOST_WORDS = 3;

/** Nobody needs more steps for six nodes with a handful of keys each. */
const MOST_STEPS = 60;

test('every random fleet whose operator says reconcile ends in sync, with every needed key and no step that breaks an invariant', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const fleet = fleetOf(scenario);
      const before = Object.entries(fleet.nodes).map(([node, contents]) => ({
        node,
        keys: keysOf(contents.repository),
      }));
      const end = reconcile(fleet, scenario);
      if (nobodyLeads(fleet)) return end.step.kind === 'refuse';
      expect(end.step, fleet.toString()).toEqual({ kind: 'done' });
      expect(fleet.isInSync(), fleet.toString()).toBe(true);
      expect(fleet.steps.length).toBeLessThanOrEqual(MOST_STEPS);
      for (const { node, keys } of before) for (const key of keys) expectKept(fleet, node, key);
      return true;
    }),
    { numRuns: RUNS },
  );
});

/** What stood on a node stays there unless it has expired or was nobody's but a new node's. */
function expectKept(fleet: VirtualFleet, node: string, key: string): void {
  const record = fleet.ledger.keys[key];
  const hasExpired = record?.mayBePrimary === false && fleet.now > (record.lastPrimaryAt ?? 0) + 3000;
  if (record && !hasExpired) expect(holds(fleet.repository(node), key), `${node} lost ${key}`).toBe(true);
}

function fleetOf({ nodes, rotations, mishaps }: Scenario): VirtualFleet {
  const watch = all(noNeededKeyTaken(), onlyAddsWhileUnequal(), noStepBack());
  const fleet = new VirtualFleet({}, { watch });
  for (const [name, contents] of Object.entries(nodes)) fleet.put(name, contents);
  const copies: Record<string, Contents>[] = [{ ...fleet.nodes }];
  for (const ms of rotations) {
    fleet.rotate();
    fleet.now += ms;
    copies.unshift({ ...fleet.nodes });
  }
  if (mishaps.length > 0) fleet.look();
  for (const [node, mishap] of mishaps) {
    befall(fleet, node, mishap, copies);
    // An old primary that came back and was rotated away between two looks: nobody can know that it made tokens again.
    if (mishap.kind !== 'rotated') fleet.look();
  }
  return fleet;
}

function befall(
  fleet: VirtualFleet,
  node: string,
  mishap: Mishap,
  copies: readonly Record<string, Contents>[],
): void {
  switch (mishap.kind) {
    case 'replaced':
      return fleet.put(node, mishap.contents);
    case 'added':
      return fleet.put(`new-${node}`, mishap.contents);
    case 'wiped':
      return fleet.put(node, sound({}));
    case 'restored':
      return fleet.put(node, copies[Math.min(mishap.rotationsAgo, copies.length - 1)]![node]!);
    case 'broken':
      return fleet.put(node, broken(fleet.nodes[node]!, mishap.damage));
    case 'rotated':
      return fleet.strayRotate(node, mishap.maxActiveKeys);
  }
}

/** Where every node's primary is hidden behind damage, nobody can say which key is to be spread. */
function nobodyLeads({ nodes, ledger }: VirtualFleet): boolean {
  return Object.entries(nodes).every(
    ([name, contents]) =>
      standingOf(ledger, name) !== 'serving' || isEmpty(contents.repository) || !isPrimaryCertain(contents),
  );
}

/** An operator who says yes to whatever is asked, until nothing is asked any more: more may turn up on the way. */
function reconcile(fleet: VirtualFleet, { stray }: Scenario): Decision {
  let operations = 0;
  const disturb = () => {
    if (stray && ++operations === stray.after) strayOn(fleet, stray.node);
  };
  let end: Decision;
  let words = 0;
  do {
    approve(fleet);
    end = fleet.sync(disturb);
  } while (!(end.step.kind === 'done' && fleet.isInSync()) && ++words < MOST_WORDS);
  return end;
}

function approve(fleet: VirtualFleet): void {
  const survey = fleet.look();
  const expired = expiredNow(survey, fleet.ledger, fleet.policy, fleet.now);
  const { unknownKeys } = questionsOf(survey, fleet.ledger, expired);
  fleet.order({
    kind: 'reconcile',
    nodes: Object.keys(fleet.nodes),
    approved: unknownKeys.map(({ fingerprint }) => fingerprint),
  });
}

function strayOn(fleet: VirtualFleet, index: number): void {
  const names = Object.keys(fleet.nodes);
  fleet.strayRotate(names[index % names.length]!);
}
