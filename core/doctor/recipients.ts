/** Whether keys that have to travel in envelopes find somebody who may seal and open them. */
import { termFindings, type CertificateTerm } from './certificates.js';
import type { DoctorFinding } from './finding.js';

export interface RecipientFacts {
  readonly nodes: readonly { readonly name: string; readonly isPull?: true }[];
  /** Names in `recipients` of the configuration. */
  readonly approved: readonly string[];
  /** Null where no CA is configured. */
  readonly authority: AuthorityFacts | null;
  /** Workers of the fleet that poll now, as Temporal knows them: `PID@HOST`. */
  readonly workers: readonly string[];
  /** For each approved name, who polls the task queue of the worker of that name. */
  readonly workersOf: Readonly<Record<string, readonly string[]>>;
}

export interface AuthorityFacts {
  /** Names that no certificate makes acceptable. */
  readonly retired: readonly string[];
  readonly certificates: readonly CertificateTerm[];
  /** Why its file can't be used; null when it can. */
  readonly problem: string | null;
}

/** @param now in milliseconds since 1970 */
export function recipientFindings(facts: RecipientFacts, now: number): DoctorFinding[] {
  return [
    ...unapproved(facts),
    ...withoutIdentity(facts),
    ...ofNobody(facts),
    ...(facts.authority ? ofAuthority(facts.authority, now) : []),
  ];
}

function ofAuthority({ certificates, problem }: AuthorityFacts, now: number): DoctorFinding[] {
  const remedy =
    "put the CA's new certificate into recipientAuthority.certificates on every machine, beside the old one until all are signed anew";
  const found = certificates.flatMap((term) => termFindings(term, now, remedy));
  if (problem === null) return found;
  return [
    {
      code: 'recipient-authority',
      severity: 'error',
      message: problem,
      remedy: 'until then nobody is a recipient, approved or not, and no key travels in an envelope',
    },
  ];
}

/**
 * Where all nodes have an address, or there is only one node, no key is sealed to anybody. Whom a CA has signed shows only with
 * what it signs itself.
 */
function unapproved({ nodes, approved, authority }: RecipientFacts): DoctorFinding[] {
  if (nodes.length < 2) return [];
  return nodes
    .filter(({ name, isPull }) => isPull && !approved.includes(name))
    .filter(({ name }) => authority?.retired.includes(name) ?? true)
    .map(({ name }) => ({
      code: 'recipient-unapproved',
      severity: 'error',
      node: name,
      message: `${name}: nobody has approved the key pair of this pull node, so no key can be sealed to it or come from it`,
      remedy: `\`rotor recipient new ${name}\` there, then \`rotor recipient approve ${name} FINGERPRINT\` on every machine`,
    }));
}

function withoutIdentity({ nodes, authority, workers, workersOf }: RecipientFacts): DoctorFinding[] {
  const isMixed = nodes.some(({ isPull }) => isPull) && nodes.some(({ isPull }) => !isPull);
  if (!isMixed || authority !== null) return []; // a CA may have signed any name
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
