import type { Said, Word } from '../../dashboard/schemas.js';
import { startDashboard, type Dashboard, type DashboardOptions } from '../../dashboard/server.js';
import type { Writes } from '../../dashboard/writes.js';
import { durationOption, EXIT, UserError, usageError } from '../errors.js';
import { listenAddress } from '../listen-address.js';
import { remark, show, type GlobalOptions, type Io } from '../output.js';
import { SAID, sendAnswer, startOperation } from '../operations.js';
import { version } from '../program.js';
import { withSession, type Session } from '../session.js';
import { untilSignal } from '../until-signal.js';
import { readToken } from '../write-token.js';

export interface DashboardCommandOptions extends GlobalOptions {
  readonly listen: string;
  readonly staleAfter?: string;
  readonly basePath?: string;
  readonly host?: readonly string[];
  readonly userHeader?: string;
  readonly writeTokenFile?: string;
}

/** So many of the timer's looks have to stay away before what the last one saw is unknown. */
const MISSED_LOOKS = 2;

/** Serves the page until it is told to end. */
export async function dashboard(io: Io, options: DashboardCommandOptions): Promise<number> {
  const { listen, staleAfter, host: hosts = [], userHeader } = options;
  const staleAfterMs = staleAfter === undefined ? undefined : durationOption('--stale-after', staleAfter);
  const checked = {
    ...listenAddress('--listen', listen),
    basePath: basePathOf(options.basePath ?? ''),
    hosts: hosts.map((name) => checkedName('--host', name, /^[A-Za-z0-9.-]+$/).toLowerCase()),
    userHeader: userHeader === undefined ? null : checkedName('--user-header', userHeader, /^[A-Za-z0-9-]+$/),
    version: version(),
  };
  const token = options.writeTokenFile === undefined ? null : await readToken(options.writeTokenFile);
  return withSession(options, async (session) => {
    const { rotation, verify } = session.configuration;
    const timing = { everyMs: rotation.every, staleAfterMs: staleAfterMs ?? MISSED_LOOKS * verify.every };
    const writes = token === null ? null : { token, say: sayTo(session) };
    const dashboard = await started({ ...checked, ...timing, watched: session, writes }, listen);
    show(
      io,
      options,
      { url: dashboard.url },
      () => `the dashboard of fleet ${session.fleet}: ${dashboard.url}`,
    );
    await untilSignal();
    remark(io, 'ending');
    await dashboard.stop();
    return EXIT.done;
  });
}

/** From a page as from the command line: what can't be followed is said. */
function sayTo(session: Session): Writes['say'] {
  return async (word, by) => {
    try {
      return { say: word.say, ...(await carryOut(session, word, by)) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { code: error.code, message: error.message };
    }
  };
}

async function carryOut(session: Session, word: Word, by: string | null): Promise<Omit<Said, 'say'>> {
  if (word.say !== 'rotate') {
    await sendAnswer(session, word.say);
    return { message: SAID[word.say], runId: null };
  }
  const startedBy = `${by ?? 'somebody'} (dashboard)`;
  const handle = await startOperation(session, { kind: 'rotate', reason: word.reason, startedBy });
  return { message: 'it is started', runId: handle.firstExecutionRunId };
}

async function started(options: DashboardOptions, listen: string): Promise<Dashboard> {
  try {
    return await startDashboard(options);
  } catch (error) {
    throw new UserError(
      'listen',
      `can't listen at ${listen}: ${(error as Error).message}; --listen takes another`,
    );
  }
}

/** Without a slash at its end. */
function basePathOf(text: string): string {
  const path = text.replace(/\/+$/, '');
  if (path === '' || /^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return path;
  throw usageError(`--base-path: expected a path such as /rotor, got ${JSON.stringify(text)}`);
}

function checkedName(option: string, text: string, form: RegExp): string {
  if (form.test(text)) return text;
  throw usageError(`${option}: expected a name, got ${JSON.stringify(text)}`);
}
