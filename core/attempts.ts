/** Attempts of an activity that failed as a whole; a node's own trouble is a result, and no failure. */

export interface FailedAttempt {
  /** The activity's type, and its ID: unlike any other's of its run. */
  readonly activity: string;
  readonly activityId: string;
  /** From 1 up. */
  readonly attempt: number;
  /** What went wrong; it holds no key. */
  readonly message: string;
}

/** An activity may be tried for days, four times a minute, and a history has its limits. */
const ALL_UP_TO = 10;

/** Whether an operation's history keeps the error of an attempt: the first ten, and later ones whenever the number doubles. */
export function isKept(attempt: number): boolean {
  return attempt <= ALL_UP_TO || Number.isInteger(Math.log2(attempt));
}
