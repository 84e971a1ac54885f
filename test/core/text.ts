/** Repositories and surveys as one reads them: `0:S 1:P`, `a: 0:S 1:P | b: empty`. */
import { expiredNow } from '../../core/retention.js';
import { EMPTY_LEDGER, type Intent, type Ledger } from '../../core/ledger.js';
import { learn } from '../../core/learning.js';
import type { Decision } from '../../core/decision.js';
import { plan } from '../../core/planner.js';
import type { Policy } from '../../core/policy.js';
import type { Problem, ProblemCode } from '../../core/problems.js';
import { isEmpty, type Contents, type Damage, type Repository } from '../../core/repository.js';
import type { NodeView, Survey } from '../../core/survey.js';

export const POLICY: Policy = {
  expirationMs: 1000,
  allowExpiredWindowMs: 2000,
  marginMs: 100,
  maxFiles: 50,
  maxActiveKeys: null,
};

/** Expiration, window and margin: from the last time that a key may have been primary. */
export const LIFE = 3100;

/** When a look was made that says nothing else. */
export const NOW = 1_000_000;

/** `0:S 1:P` → `{ 0: 'S', 1: 'P' }`; `empty` → `{}`. */
export function repositoryOf(text: string): Repository {
  if (text === 'empty') return {};
  return Object.fromEntries(text.split(' ').map((entry) => entry.split(':') as [string, string]));
}

export type NodeDetails = Partial<Omit<NodeView, 'name' | 'repository'>>;

/** `a: 0:S 1:P | b: empty | c: away`; sites, damage, clocks and the rest by name. */
export function lookAt(text: string, details: Record<string, NodeDetails> = {}, at = NOW): Survey {
  const nodes = text.split(' | ').map((part): NodeView => {
    const [name, rest] = [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 2)];
    const reachable = rest !== 'away';
    const repository = reachable ? repositoryOf(rest) : {};
    const damage = details[name]?.damage ?? [];
    const problems = reachable ? problemsIn({ repository, damage }) : [problem('unreachable')];
    return {
      name,
      site: 'site',
      reachable,
      repository,
      damage,
      problems,
      canBeProbed: false,
      accepted: [],
      ...details[name],
    };
  });
  return { startedAt: at, at, nodes };
}

/** What a node's survey would say of these contents. */
export function problemsIn({ repository, damage }: Contents): Problem[] {
  if (damage.length > 0) return damage.map((each) => problem(codeOf(each)));
  return isEmpty(repository) ? [problem('empty-repository')] : [];
}

function codeOf({ kind }: Damage): ProblemCode {
  if (kind === 'malformed') return 'malformed-key';
  return kind === 'permissions' ? 'permissions' : 'stray-file';
}

export function problem(code: ProblemCode): Problem {
  return { code, message: `a node: ${code}` };
}

/** What one knows after these looks. */
export function ledgerAfter(...surveys: readonly Survey[]): Ledger {
  return surveys.reduce((ledger, survey) => learn(ledger, survey, POLICY), EMPTY_LEDGER);
}

/** The decision on a look that is learnt from first, as an operation does it. */
export function decide(survey: Survey, ledger: Ledger = EMPTY_LEDGER, policy = POLICY): Decision {
  return plan(survey, learn(ledger, survey, policy), policy, survey.at);
}

export function intending(intent: Intent, ledger: Ledger): Ledger {
  return { ...ledger, intent };
}

export function expiredAt(survey: Survey, ledger: Ledger): string[] {
  return expiredNow(survey, ledger, POLICY, survey.at);
}
