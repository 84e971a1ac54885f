/** From the facts about a fleet to what is wrong with it. Pure; each subject has a file of its own. */
import type { Examination, SharedRepository } from '../examination.js';
import { INVENTORY_REMEDY, inventoryChangeText, type InventoryChange } from '../inventory-change.js';
import type { NodeOutcome } from '../messages.js';
import type { Policy } from '../policy.js';
import type { Survey } from '../survey.js';
import type { Assessment } from '../sync.js';
import { termFindings } from './certificates.js';
import { inOrder, type DoctorFinding } from './finding.js';
import { lifetimeFindings } from './lifetimes.js';
import { nodeFindings, clockFindings } from './nodes.js';
import { remedyFor } from './remedies.js';
import { settingsFindings } from './settings.js';

export type { DoctorFinding } from './finding.js';

export interface Facts {
  readonly verification: Assessment & { readonly inventoryChange: InventoryChange | null };
  /** As a rotation would go by it: with what the nodes' own settings add. */
  readonly policy: Policy;
  readonly intervalMs: number;
  readonly survey: Survey;
  readonly examinations: readonly Examination[];
  readonly shared: readonly SharedRepository[];
  readonly probes: readonly NodeOutcome[];
}

export function findingsOf(facts: Facts): DoctorFinding[] {
  return inOrder([
    ...inventoryFindings(facts),
    ...surveyFindings(facts),
    ...facts.probes.flatMap(({ problem }) => (problem ? [problemFinding(problem.node, problem)] : [])),
    ...facts.examinations.flatMap(nodeFindings),
    ...clockFindings(facts.examinations),
    ...facts.shared.flatMap(sharedFinding),
    ...settingsFindings(facts.examinations),
    ...certificateFindings(facts),
    ...lifetimeFindings(facts.policy, facts.intervalMs, facts.examinations),
  ]);
}

/** One worker visits many nodes. */
function certificateFindings({ examinations, survey }: Facts): DoctorFinding[] {
  const terms = new Map(
    examinations.flatMap(({ certificate }) => (certificate ? [[certificate.holder, certificate]] : [])),
  );
  const remedy =
    'have a new one signed, from `rotor recipient request` there, then `rotor recipient install` it';
  return [...terms.values()].flatMap((term) => termFindings(term, survey.at, remedy));
}

function inventoryFindings({ verification: { inventoryChange } }: Facts): DoctorFinding[] {
  if (inventoryChange === null) return [];
  const message = inventoryChangeText(inventoryChange);
  return [{ code: 'inventory-changed', severity: 'error', message, remedy: INVENTORY_REMEDY }];
}

/** What `rotor verify` says: a node's own problems, and drift. */
function surveyFindings({ verification }: Facts): DoctorFinding[] {
  return verification.nodes.flatMap((node): DoctorFinding[] => {
    const found = node.problems.map((problem) => problemFinding(node.name, problem));
    if (node.standing === 'fenced') found.push(fenced(node.name));
    const hasNoStaged = node.keys.length > 0 && node.keys.every(({ index }) => index !== 0);
    return hasNoStaged ? [...found, noStagedKey(node.name)] : found;
  });
}

function problemFinding(
  node: string,
  { code, message }: { readonly code: string; readonly message: string },
): DoctorFinding {
  return { code, severity: 'error', node, message, remedy: remedyFor(code) };
}

function fenced(node: string): DoctorFinding {
  return {
    code: 'fenced',
    severity: 'warning',
    node,
    message: `${node}: is fenced; it gets no keys, and must serve no traffic`,
    remedy: `\`rotor unfence ${node}\` brings it back; take it out of the inventory if it is gone for good`,
  };
}

function noStagedKey(node: string): DoctorFinding {
  return {
    code: 'no-staged-key',
    severity: 'warning',
    node,
    message: `${node}: has no staged key (no file 0)`,
    remedy: 'the next rotation makes one; until then a `fernet_rotate` by hand would fail',
  };
}

function sharedFinding({ node, with: others }: SharedRepository): DoctorFinding[] {
  if (others.length === 0) return [];
  return [
    {
      code: 'shared-repository',
      severity: 'error',
      node,
      message: `${node}: its repository is also that of ${others.join(', ')}, so they would confirm each other`,
      remedy:
        'list only one of these nodes (its files are those of all), or give each node a repository on a disk of its own',
    },
  ];
}
