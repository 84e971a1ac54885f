import { coloursOf } from '../colours.js';
import { countOption, EXIT } from '../errors.js';
import { explain, type Explanation } from '../../monitoring/explanation.js';
import { pastOperations, type PastOperation } from '../../monitoring/past-operations.js';
import { pastOperation } from '../past-operation.js';
import type { GlobalOptions, Io, ListOptions } from '../output.js';
import { runHistory, type RunHistory, type Trouble } from '../../monitoring/run-history.js';
import { withSession, type Session } from '../session.js';
import { byWhom, colouredOutcome } from '../status-text.js';
import { STEP_COLUMNS, stepLines, stepList } from '../step-table.js';
import { checkColumns, showList, textTable, type List } from '../table.js';
import { timeOfDay, tookText, utc } from '../../core/times.js';

export interface HistoryOptions extends GlobalOptions, ListOptions {
  /** A run ID, its beginning, or `last`; without one, all are listed. */
  readonly run?: string | undefined;
  readonly limit: string;
}

const MOST_LISTED = 1_000;
const COLUMNS = ['Run', 'Kind', 'Started', 'Seconds', 'Outcome', 'By', 'Reason', 'Error'];

/** Past operations, or one of them with its steps and why it ended as it did. */
export async function history(io: Io, options: HistoryOptions): Promise<number> {
  const limit = countOption('--limit', options.limit, MOST_LISTED);
  const { run } = options;
  checkColumns(options, run === undefined ? COLUMNS : STEP_COLUMNS);
  return withSession(options, async (session) => {
    if (run === undefined) await listAll(io, options, session, limit);
    else await tellOne(io, options, session, run);
    return EXIT.done;
  });
}

async function listAll(io: Io, options: HistoryOptions, session: Session, limit: number): Promise<void> {
  const operations = await pastOperations(session, limit);
  showList(io, options, {
    document: { fleet: session.fleet, operations },
    text: () => listText(session.fleet, operations, io),
    list: () => listOf(operations),
  });
}

function listOf(operations: readonly PastOperation[]): List {
  return {
    columns: COLUMNS,
    rows: operations.map(({ runId, type, startedAt, seconds, outcome, startedBy, reason, error }) => [
      runId,
      type,
      startedAt,
      seconds,
      outcome,
      startedBy ?? null,
      reason ?? null,
      error?.message ?? null,
    ]),
  };
}

function listText(fleet: string, operations: readonly PastOperation[], io: Io): string {
  if (operations.length === 0) return `fleet ${fleet} has no history yet; \`rotor rotate\` begins it`;
  const colours = coloursOf(io);
  const heads = ['run', 'kind', 'started', 'took', 'outcome', 'by', 'reason'].map(colours.bold);
  return textTable([
    heads,
    ...operations.map(({ runId, type, startedAt, seconds, outcome, startedBy, reason }) => [
      runId,
      type,
      utc(startedAt),
      seconds === null ? '-' : tookText(seconds * 1000),
      colouredOutcome(outcome, colours),
      startedBy ?? '-',
      reason ?? '-',
    ]),
  ]);
}

async function tellOne(io: Io, options: HistoryOptions, session: Session, run: string): Promise<void> {
  const operation = await pastOperation(session, run);
  const found = await runHistory(session, operation.runId);
  const explanation = explain(operation, found.steps);
  showList(io, options, {
    document: { fleet: session.fleet, ...operation, ...found, explanation },
    text: () => runText(operation, found, explanation, io),
    list: () => stepList(found.steps),
  });
}

function runText(operation: PastOperation, found: RunHistory, explanation: Explanation, io: Io): string {
  const { type, runId, outcome, seconds, startedAt } = operation;
  const took = seconds === null ? '' : ` after ${tookText(seconds * 1000)}`;
  const { steps, troubles, said } = found;
  return [
    `${type} ${runId}: ${colouredOutcome(outcome, coloursOf(io))}${took}`,
    `  started ${utc(startedAt)}${byWhom(operation)}`,
    ...(steps.length > 0 ? ['', 'steps', ...stepLines(steps)] : []),
    ...(troubles.length > 0 ? ['', 'in the way', ...troubles.map(troubleLine)] : []),
    ...(said.length > 0
      ? ['', 'operators said', ...said.map(({ at, what }) => `  ${timeOfDay(at)}  ${what}`)]
      : []),
    '',
    ...explanation.sentences,
    ...explanation.next.map((command, index) => `${index === 0 ? 'next: ' : '      '}${command}`),
  ].join('\n');
}

function troubleLine({ code, message, times, firstAt, lastAt }: Trouble): string {
  const when =
    times === 1 ? timeOfDay(firstAt) : `${timeOfDay(firstAt)} to ${timeOfDay(lastAt)}, ${times} times`;
  return `  ${when}  ${code}: ${message}`;
}
