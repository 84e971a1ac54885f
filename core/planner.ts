/**
 * The planner: from what a fresh survey found to the one next step of the fleet, and the reason for it.
 *
 * It holds no state of its own. Whoever asks again after a crash, a lost reply or a stranger's rotate gets the step that
 * fits what is there now.
 */
import { done, list, lookAgain, problemsOf, refuse, wait, type Decision } from './decision.js';
import { fleetOf, type Fleet } from './fleet.js';
import { isFresh } from './key-states.js';
import type { Intent, Ledger } from './ledger.js';
import type { Policy } from './policy.js';
import { needsAPerson } from './problems.js';
import { damageStep, unknownPrimaryStep } from './rules/damage.js';
import { joinStep, mendStep, seedStep, settleStep, spreadStep } from './rules/equality.js';
import { pruneStep } from './rules/pruning.js';
import { putBackStep } from './rules/putting-back.js';
import { revokeStep } from './rules/revocation.js';
import { rotateStep, stagingStep } from './rules/rotation.js';
import type { Survey } from './survey.js';

/**
 * The next step of the fleet towards `ledger.intent`.
 *
 * 1. Only fresh evidence of every node that counts: one that can't be read stops the fleet, an old survey is redone. To put
 *    back, or to revoke, those that can be read go ahead.
 * 2. What is damaged is refused before anything changes, unless an operator has said that it may be repaired. A new node
 *    may be empty.
 * 3. A primary that nobody else can read and that nobody vouches for stops the fleet and is not spread by itself; where a
 *    repair was allowed, that node is brought the fleet's keys and keeps its own as a secondary.
 * 4. Every live key is made readable everywhere, before anything else; nothing is removed until it is.
 * 5. A new node gets the right primary and staged key when it has all keys, and serves only then.
 * 6. Where primaries differ, the newest is promoted on the others, in waves.
 * 7. The incoming key is made and spread as a secondary, never straight into slot 0.
 * 8. Nothing is promoted before every Keystone that can be asked accepts the standby and the incoming key.
 * 9. The standby is promoted in waves: one canary node, its site, the rest.
 * 10. Only when all nodes have promoted does the incoming key take slot 0.
 * 11. Only when all that holds are expired keys overwritten. Before, an expired key's place may be taken by another key,
 *     but only while every unexpired key is on every node.
 * 12. Revoking introduces, confirms and promotes in the same way, but two new keys, and then overwrites all others.
 *
 * @param now milliseconds since the epoch
 */
export function plan(survey: Survey, ledger: Ledger, policy: Policy, now: number): Decision {
  const fleet = fleetOf(survey, ledger, policy, now);
  return evidenceStep(survey, fleet, ledger.intent, now) ?? intendedStep(fleet, ledger, policy);
}

// Rule 1
function evidenceStep(survey: Survey, fleet: Fleet, intent: Intent, now: number): Decision | null {
  if (fleet.read.length + fleet.unread.length === 0)
    return refuse('configuration', 'the fleet has no serving node', []);
  const problems = problemsOf(fleet.unread);
  if (problems.length > 0 && (intent.kind === 'sync' || intent.kind === 'rotate')) {
    const person = problems.find((problem) => needsAPerson(problem.code));
    return person ? refuse(person.code, person.message, problems) : wait(problems);
  }
  return isFresh(survey, now) ? null : lookAgain('the last look is too old to act on');
}

function intendedStep(fleet: Fleet, ledger: Ledger, policy: Policy): Decision {
  const { intent } = ledger;
  switch (intent.kind) {
    case 'putBack':
      return putBackStep(fleet, intent) ?? done('everything is as it was before');
    case 'revoke':
      return revokeStep(fleet, intent, ledger) ?? done('every node has the two new keys and no other');
    case 'sync':
      return (
        equalityStep(fleet, ledger) ??
        stagingStep(fleet, ledger) ??
        pruneStep(fleet) ??
        done(isReached(fleet))
      );
    case 'rotate':
      return (
        equalityStep(fleet, ledger) ??
        rotateStep(fleet, policy, intent) ??
        stagingStep(fleet, ledger) ??
        pruneStep(fleet) ??
        done('the new primary and the new staged key are on every node')
      );
  }
}

/** Rules 2 to 6. */
function equalityStep(fleet: Fleet, ledger: Ledger): Decision | null {
  return (
    damageStep(fleet, ledger) ??
    unknownPrimaryStep(fleet, ledger) ??
    mendStep(fleet) ??
    seedStep(fleet) ??
    spreadStep(fleet) ??
    joinStep(fleet) ??
    settleStep(fleet, ledger)
  );
}

function isReached({ joining }: Fleet): string {
  if (joining.length === 0) return 'all nodes have the same keys';
  const names = list(joining.map(({ name }) => name));
  return `all serving nodes have the same keys; ${names} can't serve yet, with keys on it that nobody vouches for: see \`rotor reconcile\``;
}
