/** Whether keys that have to travel in envelopes find somebody who may seal and open them. */
import type { DoctorFinding } from './finding.js';

export interface RecipientFacts {
  readonly nodes: readonly { readonly name: string; readonly isPull?: true }[];
  /** Names in `recipients` of the configuration. */
  readonly approved: readonly string[];
  /** Names that no certificate makes acceptable; null where no CA is configured. */
  readonly retired: readonly string[] | null;
  /** Workers of the fleet that poll now, as Temporal knows them: `PID@HOST`. */
  readonly workers: readonly string[];
  /** For each approved name, who polls the task queue of the worker of that name. */
  readonly workersOf: Readonly<Record<string, readonly string[]>>;
}

export function recipientFindings(facts: RecipientFacts): DoctorFinding[] {
  return [...unapproved(facts), ...withoutIdentity(facts), ...ofNobody(facts)];
}

/**
 * Where all nodes have an address, or there is only one node, no key is sealed to anybody. Whom a CA has signed shows only with
 * what it signs itself.
 */
function unapproved({ nodes, approved, retired }: RecipientFacts): DoctorFinding[] {
  if (nodes.length < 2) return [];
  return nodes
    .filter(({ name, isPull }) => isPull && !approved.includes(name))
    .filter(({ name }) => retired?.includes(name) ?? true)
    .map(({ name }) => ({
      code: 'recipient-unapproved',
      severity: 'error',
      node: name,
      message: `${name}: nobody has approved the key pair of this pull node, so no key can be sealed to it or come from it`,
      remedy: `\`rotor recipient new ${name}\` there, then \`rotor recipient approve ${name} FINGERPRINT\` on every machine`,
    }));
}

function withoutIdentity({ nodes, retired, workers, workersOf }: RecipientFacts): DoctorFinding[] {
  const isMixed = nodes.some(({ isPull }) => isPull) && nodes.some(({ isPull }) => !isPull);
  if (!isMixed || retired !== null) return []; // a CA may have signed any name
  const withIdentity = Object.values(workersOf).flat();
  return workers
    .filter((worker) => !withIdentity.includes(worker))
    .map((worker) => ({
      code: 'identity-missing',
      severity: 'error',
      message: `the worker ${worker} has no key pair that was approved, and keys have to travel between it and pull nodes`,
      remedy:
        '`rotor recipient new NAME` on its machine, approve it on every machine, and restart that worker',
    }));
}

function ofNobody({ nodes, approved, workersOf }: RecipientFacts): DoctorFinding[] {
  const isSomebody = (name: string) =>
    nodes.some((node) => node.isPull && node.name === name) || (workersOf[name] ?? []).length > 0;
  return approved
    .filter((name) => !isSomebody(name))
    .map((name) => ({
      code: 'approval-of-nobody',
      severity: 'warning',
      message: `${name} is approved in \`recipients\`, and is neither a pull node of the inventory nor a worker that runs`,
      remedy: `start that worker, or \`rotor recipient retire ${name}\`: whoever has its key may seal keys`,
    }));
}
