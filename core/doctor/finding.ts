/** What `rotor doctor` says: one thing that is wrong, where, and what to do about it. */
export interface DoctorFinding {
  readonly code: string;
  /** `error`: a rotation would fail, or tokens are at risk. `warning`: worth knowing, or worth a change. */
  readonly severity: 'error' | 'warning';
  /** Absent for what is wrong with the fleet as a whole. */
  readonly node?: string;
  readonly message: string;
  readonly remedy: string;
}

/** Errors first, each kind in the order in which it was found. */
export function inOrder(findings: readonly DoctorFinding[]): DoctorFinding[] {
  return [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
  ];
}
