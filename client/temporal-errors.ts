/** What Temporal answers, or leaves unanswered, instead of doing what it was asked, in words that lead on. */
import { NamespaceNotFoundError, ServiceError, isGrpcServiceError } from '@temporalio/client';
import type { TemporalTarget } from '../configuration/temporal.js';
import { UserError } from './errors.js';

/** Statuses that say of Temporal itself why nothing was done (gRPC, `doc/statuscodes.md`); a worker's connection has their names alone. */
const STATUSES: Readonly<Record<number, string>> = {
  5: 'NotFound',
  7: 'PermissionDenied',
  14: 'Unavailable',
  16: 'Unauthenticated',
};

/** @returns null when it says nothing of Temporal itself */
export function temporalError(error: unknown, target: TemporalTarget): UserError | null {
  const {
    connection: { address },
    namespace,
  } = target;
  switch (statusOf(error)) {
    case 'Unavailable':
      return unreachable(target);
    case 'PermissionDenied':
    case 'Unauthenticated':
      return new UserError(
        'temporal-refused',
        `Temporal at ${address} lets this account not into the namespace ${namespace}; check TEMPORAL_API_KEY, or the certificate of TEMPORAL_TLS_CLIENT_CERT_PATH, and what they may do there`,
      );
    case 'NotFound':
      return new UserError(
        'namespace-unknown',
        `Temporal at ${address} has no namespace ${namespace}; correct temporal.namespace (or TEMPORAL_NAMESPACE), or make it: temporal operator namespace create --namespace ${namespace}`,
      );
    default:
      return null;
  }
}

/** Whether Temporal may well answer when it is asked again: it was away, or had too much to do. */
export function mayPass(error: unknown): boolean {
  return error instanceof ServiceError && [null, 'Unavailable'].includes(statusOf(error));
}

function statusOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof NamespaceNotFoundError) return 'NotFound';
  if (error instanceof ServiceError) return statusOf(error.cause);
  if (isGrpcServiceError(error)) {
    const status = STATUSES[error.code] ?? null;
    // A workflow or a schedule may be what is not found as well, which is for whoever asked for it.
    return status === 'NotFound' && !error.details.startsWith('Namespace ') ? null : status;
  }
  // Of a worker's connection, whose class is not asked for here because it would load all of a worker into each command.
  if (error.name === 'TransportError') return /\bcode: ([A-Z]\w+)/.exec(error.message)?.[1] ?? 'Unavailable';
  return null;
}

/** When there was no answer at all. */
export function unreachable({ connection: { address } }: TemporalTarget): UserError {
  return new UserError(
    'temporal-unreachable',
    `can't reach Temporal at ${address}; is all of it up, and is that the right address (temporal.address in the configuration, or TEMPORAL_ADDRESS)?`,
  );
}
