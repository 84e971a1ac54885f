/** Everything that can be wrong with a node or a fleet, as a fixed set of codes that programs may rely on. */
export const PROBLEM_CODES = [
  // a node's repository, as a survey finds it
  'unreachable',
  'missing-key',
  'extra-key',
  'unknown-primary',
  'malformed-key',
  'stray-file',
  'permissions',
  'empty-repository',
  'no-repository',
  'clock-skew',
  'older-than-fleet',
  'different-primary',
  'different-staged',
  'revoked-key',
  'other-repository',
  // the way to a node
  'host-key-unknown',
  'host-key-changed',
  'authentication',
  // work on a node
  'changed-underneath',
  'locked',
  'key-unavailable',
  'disk-full',
  // keys in transit
  'identity-missing',
  'recipient-unapproved',
  'envelope-malformed',
  'envelope-forged',
  'envelope-misdirected',
  // the live probe
  'keystone-unreachable',
  'keystone-credentials',
  'keystone-error',
  'probe-refused',
  // the fleet as a whole
  'configuration',
  'inventory',
  'inventory-changed',
  'not-in-sync',
  'too-many-files',
  'max-active-keys',
  'cancelled',
  'ledger-busy',
  'internal',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** A code that came as text, by way of a failure. */
export function problemCodeOf(text: string | null | undefined): ProblemCode {
  return PROBLEM_CODES.find((code) => code === text) ?? 'internal';
}

/** Something that is wrong on one node: what, and what to do about it. The message never carries key bytes. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
}

/** Problems that can't heal by waiting: a person has to change something, so nothing is retried. */
const NEEDS_A_PERSON: readonly ProblemCode[] = [
  'malformed-key',
  'stray-file',
  'permissions',
  'empty-repository',
  'no-repository',
  'unknown-primary',
  'host-key-unknown',
  'host-key-changed',
  'authentication',
  'keystone-credentials',
  'identity-missing',
  'recipient-unapproved',
  'configuration',
  'inventory-changed',
  'other-repository',
  'too-many-files',
  'max-active-keys',
];

export function needsAPerson(code: ProblemCode): boolean {
  return NEEDS_A_PERSON.includes(code);
}
