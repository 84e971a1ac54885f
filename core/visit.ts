/**
 * One attempt's visit to a node, as the sequence of its file actions. SFTP has no compare-and-set, so the order of these
 * actions is what makes a late action of an attempt that was given up harmless:
 *
 * An attempt stages its content under `.rotor`, then checks lock and digest, then acts. A new one writes the lock, then
 * removes what was staged, then reads. If the earlier one's check came before the new lock, its staged file was there
 * before the removal: either its act came first, and the new one reads the result, or it finds no source and fails. If its
 * check came after, it sees the new lock and stops.
 */
import { applyOperation, nextOperation, wayTo, type FileOperation, type Placement } from './operations.js';
import { contentsDigest, type Contents, type Fingerprint } from './repository.js';

export interface VisitPlan {
  readonly placement: Placement;
  /** What the plan was made for: anything else there, that is not on the way, was somebody else's doing. */
  readonly surveyed: Contents;
  readonly expired: readonly Fingerprint[];
}

export type VisitAction =
  /** Write our name over whoever's name stands in the lock. */
  | { readonly kind: 'lock' }
  /**
   * Remove everything that earlier attempts staged, and sync the directory: what one of them changed and had no time to
   * sync is there for those who read, and would be gone after a power loss.
   */
  | { readonly kind: 'clear' }
  /** Read the whole repository. */
  | { readonly kind: 'read' }
  /** Put the operation's content under `.rotor`, synced. */
  | { readonly kind: 'stage'; readonly operation: FileOperation }
  /** Read the lock, then the repository. */
  | { readonly kind: 'check' }
  /** Link or rename what was staged. */
  | { readonly kind: 'act'; readonly operation: FileOperation }
  /** Sync the directory, and remove what was staged. */
  | { readonly kind: 'settle' }
  /** Longer than a reader takes from listing the directory to its last open. */
  | { readonly kind: 'pause' };

/** Where a visit stands. `found` is what the last look at the repository showed. */
export interface VisitState {
  readonly next: VisitAction;
  readonly found: Contents | null;
  /** What has to stand there now; null before the first look. */
  readonly expected: Contents | null;
}

export type VisitEnd = { readonly kind: 'reached' } | { readonly kind: 'changed' };

export function beginVisit(): VisitState {
  return { next: { kind: 'lock' }, found: null, expected: null };
}

/**
 * What comes after an action that went well.
 *
 * @param seen what `read` or `check` found
 */
export function continueVisit(
  plan: VisitPlan,
  state: VisitState,
  seen: Contents | null,
): VisitState | VisitEnd {
  const { next, expected } = state;
  switch (next.kind) {
    case 'lock':
      return { ...state, next: { kind: 'clear' } };
    case 'clear':
    case 'pause':
      return { ...state, next: { kind: 'read' } };
    case 'read': {
      const allowed = expected ? [expected] : wayTo(plan.surveyed, plan.placement, plan.expired);
      if (!isOneOf(seen!, allowed)) return { kind: 'changed' };
      const operation = nextOperation(seen!, plan.placement, plan.expired);
      if (operation === null) return { kind: 'reached' };
      return { next: { kind: 'stage', operation }, found: seen, expected: applyOperation(seen!, operation) };
    }
    case 'stage':
      return { ...state, next: { kind: 'check' } };
    case 'check': {
      if (!isOneOf(seen!, [state.found!])) return { kind: 'changed' };
      const operation = nextOperation(seen!, plan.placement, plan.expired)!;
      return { ...state, next: { kind: 'act', operation } };
    }
    case 'act':
      return { ...state, next: { kind: 'settle' } };
    case 'settle':
      return { ...state, next: { kind: 'pause' } };
  }
}

function isOneOf(seen: Contents, allowed: readonly Contents[]): boolean {
  const digest = contentsDigest(seen);
  return allowed.some((contents) => contentsDigest(contents) === digest);
}
