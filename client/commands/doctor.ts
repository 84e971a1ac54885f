import { inOrder, type DoctorFinding } from '../../core/doctor/finding.js';
import { recipientFindings } from '../../core/doctor/recipients.js';
import { diagnose } from '../look.js';
import { recipientFacts } from '../recipient-facts.js';
import { EXIT, UserError } from '../errors.js';
import type { GlobalOptions, Io, ListOptions } from '../output.js';
import { noWorkerHint } from '../../monitoring/fleet-reading.js';
import { hasWorker, withSession, type Session } from '../session.js';
import { checkColumns, showList, type List } from '../table.js';
import { temporalFacts, temporalFindings } from '../../monitoring/temporal-facts.js';

const COLUMNS = ['Severity', 'Code', 'Node', 'Message', 'Remedy'];

interface Report {
  readonly fleet: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly findings: readonly DoctorFinding[];
}

/**
 * Everything that would make a rotation fail or unsafe, each with what to do. Changes no key. Exit code 1 when there is an
 * error among it; warnings alone are 0.
 */
export async function doctor(io: Io, options: GlobalOptions & ListOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  const report = await withSession(options, reportOf).catch((error: unknown): Report => {
    if (!(error instanceof UserError)) throw error;
    return { fleet: null, at: new Date().toISOString(), findings: [findingOf(error)] };
  });
  showList(io, options, { document: report, text: () => textOf(report), list: () => listOf(report) });
  return report.findings.some(({ severity }) => severity === 'error') ? EXIT.error : EXIT.done;
}

async function reportOf(session: Session): Promise<Report> {
  const { fleet, configuration } = session;
  const facts = await temporalFacts(session);
  const ofTemporal = temporalFindings(facts, configuration.rotation.every);
  if (!(await hasWorker(session))) {
    const noWorker = new UserError('no-worker', noWorkerHint(session.taskQueue));
    return {
      fleet,
      at: new Date().toISOString(),
      findings: inOrder([findingOf(noWorker), ...ofTemporal]),
    };
  }
  try {
    const [{ at, findings }, recipients] = await Promise.all([
      diagnose(session, facts.schedule?.shortestGapMs ?? null),
      recipientFacts(session),
    ]);
    return {
      fleet,
      at,
      findings: inOrder([...findings, ...recipientFindings(recipients, Date.now()), ...ofTemporal]),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { fleet, at: new Date().toISOString(), findings: inOrder([findingOf(error), ...ofTemporal]) };
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  'no-worker': 'start `rotor worker` on a machine that reaches the nodes, and look into its log',
  'temporal-unreachable': 'start Temporal, or correct its address',
  'temporal-refused': 'give the account its rights in that namespace, or correct what it signs in with',
  'namespace-unknown': 'correct the name of the namespace, or make it',
  configuration: 'correct the configuration on the worker; it is read again for every activity',
  inventory: 'correct that source; without all of them nothing is rotated',
};

/** What kept the doctor from looking any further. */
function findingOf({ code, message }: UserError): DoctorFinding {
  const remedy = REMEDIES[code] ?? "the worker's log says more";
  return { code, severity: 'error', message, remedy };
}

function listOf({ findings }: Report): List {
  const rows = findings.map(({ severity, code, node, message, remedy }) => [
    severity,
    code,
    node ?? null,
    message,
    remedy,
  ]);
  return { columns: COLUMNS, rows };
}

function textOf({ fleet, at, findings }: Report): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const head = `${fleet === null ? 'doctor' : `fleet ${fleet}`} (${at}): `;
  if (findings.length === 0) return `${head}nothing would keep a rotation from being done`;
  return [
    `${head}${errors} error(s), ${warnings} warning(s)`,
    ...findings.flatMap(({ code, severity, message, remedy }) => [
      `${severity.padEnd(7)}  ${code}: ${message}`,
      `         → ${remedy}`,
    ]),
  ].join('\n');
}
