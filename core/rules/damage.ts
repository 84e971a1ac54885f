/** Rules 2 and 3: what stops the fleet before anything changes. */
import { problemsOf, refuse, type Decision, type NodeProblem } from '../decision.js';
import type { Fleet } from '../fleet.js';
import type { Ledger } from '../ledger.js';
import type { ProblemCode } from '../problems.js';
import { primaryOf } from '../repository.js';
import type { NodeView } from '../survey.js';

export function damageStep(fleet: Fleet, ledger: Ledger): Decision | null {
  const problems = problemsOf(fleet.read.filter((node) => !mayBeRepaired(node, fleet, ledger)));
  return problems[0] ? refuse(problems[0].code, problems[0].message, problems) : null;
}

function mayBeRepaired(node: NodeView, fleet: Fleet, ledger: Ledger): boolean {
  if (node.problems.length === 0) return true;
  const isAllowed = ledger.repairs.includes(node.name);
  if (isEmptyOnly(node)) return isAllowed || fleet.joining.includes(node);
  return (
    isAllowed && fleet.primary !== undefined && node.problems.every(({ code }) => isMendable(code, node))
  );
}

function isEmptyOnly({ problems }: NodeView): boolean {
  return problems.every(({ code }) => code === 'empty-repository');
}

/** Trouble that the writer can end by overwriting a file or moving it away; each such file is named in `damage`. */
export function isMendable(code: ProblemCode, { damage }: NodeView): boolean {
  return (code === 'malformed-key' || code === 'stray-file' || code === 'permissions') && damage.length > 0;
}

export function unknownPrimaryStep(fleet: Fleet, ledger: Ledger): Decision | null {
  const problems = fleet.strangers
    .filter(({ name }) => fleet.primary === undefined || !ledger.repairs.includes(name))
    .map(({ name, repository }): NodeProblem => {
      const message = `${name}: its primary ${primaryOf(repository)} is on no other node and was not made here; compare the nodes with \`rotor verify\`, then say \`rotor reconcile\``;
      return { node: name, code: 'unknown-primary', message };
    });
  return problems[0] ? refuse('unknown-primary', problems[0].message, problems) : null;
}
