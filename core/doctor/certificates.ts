/** Whether certificates that a CA of the operator's has made count, and for how long yet. */
import { utc } from '../times.js';
import type { DoctorFinding } from './finding.js';

/** From when until when a certificate counts; ISO 8601, UTC. */
export interface CertificateTerm {
  /** The recipient, or the CA. */
  readonly holder: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** Time enough for a person to have another one signed, where certificates live for so long. */
const SOON_MS = 30 * 24 * 3_600_000;
/** Of shorter ones: what is left of their life when those who renew by themselves should have done it. */
const LAST_PART = 1 / 4;

/**
 * @param now in milliseconds since 1970
 * @param remedy how its holder comes to a new one
 */
export function termFindings(
  { holder, startsAt, endsAt }: CertificateTerm,
  now: number,
  remedy: string,
): DoctorFinding[] {
  const [starts, ends] = [Date.parse(startsAt), Date.parse(endsAt)];
  if (now < starts)
    return [
      {
        code: 'certificate-ended',
        severity: 'error',
        message: `the certificate of ${holder} counts from ${utc(startsAt)} on, so whatever needs it is refused until then`,
        remedy: 'compare the clocks; if they are right, have one signed that counts now',
      },
    ];
  if (ends < now)
    return [
      {
        code: 'certificate-ended',
        severity: 'error',
        message: `the certificate of ${holder} ended at ${utc(endsAt)}, so whatever needs it is refused`,
        remedy,
      },
    ];
  if (ends - now >= Math.min(SOON_MS, (ends - starts) * LAST_PART)) return [];
  return [
    {
      code: 'certificate-ends',
      severity: 'warning',
      message: `the certificate of ${holder} ends at ${utc(endsAt)}; from then on whatever needs it is refused`,
      remedy,
    },
  ];
}
