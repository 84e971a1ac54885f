import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleHandle,
  type ScheduleSpec,
} from '@temporalio/client';
import { policyOf } from '../../configuration/policy.js';
import { formatDuration } from '../../core/duration.js';
import { readLooks } from '../../monitoring/looks.js';
import { scheduleId } from '../../workflows/messages.js';
import { EXIT, UserError, usageError } from '../errors.js';
import { confirm, remark, show, type GlobalOptions, type Io, type ListOptions } from '../output.js';
import { intervalSpec, specOf, type SpecOptions } from '../schedule-spec.js';
import {
  RUN_COLUMNS,
  looksDocument,
  looksText,
  runList,
  timerDocument,
  timerText,
} from '../schedule-text.js';
import { withSession, type Session } from '../session.js';
import { checkColumns, showList } from '../table.js';
import {
  removeLooks,
  rotationTakesMs,
  setLooks,
  setTimer,
  shortestInterval,
  shortestOfDraft,
} from '../timer.js';
import { roughly } from '../../core/times.js';

export type SetOptions = GlobalOptions & ListOptions & SpecOptions;

/** Creates the timer, or changes it in place. */
export async function set(io: Io, options: SetOptions): Promise<number> {
  checkColumns(options, RUN_COLUMNS);
  const chosen = specOf(options);
  return withSession(options, async (session) => {
    const spec = chosen ?? intervalSpec(session.configuration.rotation.every, options);
    await checkInterval(session, spec);
    const handle = await setTimer(session, spec);
    await setLooks(session);
    return print(io, options, session, handle);
  });
}

/** @throws UserError (usage) where a run would find the one before it still at work */
async function checkInterval(session: Session, spec: ScheduleSpec): Promise<void> {
  const shortestMs = await shortestOfDraft(session, spec);
  if (shortestMs === null) return;
  const takesMs = await rotationTakesMs(session);
  if (shortestMs > takesMs) return;
  const shortest = formatDuration(Math.max(0, shortestMs));
  throw usageError(
    `two runs would be only ${shortest} apart, and a rotation takes about ${roughly(takesMs)}; nothing was changed`,
  );
}

export async function showSchedule(io: Io, options: GlobalOptions & ListOptions): Promise<number> {
  checkColumns(options, RUN_COLUMNS);
  return withTimer(options, (handle, session) => print(io, options, session, handle));
}

export function pause(io: Io, options: GlobalOptions & { readonly note: string }): Promise<number> {
  return withTimer(options, async (handle, session) => {
    await handle.pause(options.note);
    return print(io, options, session, handle);
  });
}

export function resume(io: Io, options: GlobalOptions): Promise<number> {
  return withTimer(options, async (handle, session) => {
    await handle.unpause('resumed by hand');
    return print(io, options, session, handle);
  });
}

export function trigger(io: Io, options: GlobalOptions): Promise<number> {
  return withTimer(options, async (handle) => {
    // Only a run that the timer watches can pause it; the SDK's own default is a run beside it.
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
    show(io, options, { triggered: true }, () => 'triggered; `rotor status` shows how far it is');
    return EXIT.done;
  });
}

export async function remove(io: Io, options: GlobalOptions): Promise<number> {
  return withTimer(options, async (handle, session) => {
    if (!(await confirm(io, options, 'Remove the timer? Keys will no longer rotate by themselves.')))
      return EXIT.done;
    await handle.delete();
    await removeLooks(session);
    show(io, options, { removed: true }, () => 'removed');
    return EXIT.done;
  });
}

function withTimer(
  options: GlobalOptions,
  use: (handle: ScheduleHandle, session: Session) => Promise<number>,
): Promise<number> {
  return withSession(options, async (session) => {
    const { client, fleet } = session;
    try {
      return await use(client.schedule.getHandle(scheduleId(fleet)), session);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw new UserError('no-schedule', `the fleet ${fleet} has no timer; \`rotor schedule set\` makes one`);
    }
  });
}

async function print(
  io: Io,
  options: GlobalOptions & ListOptions,
  session: Session,
  handle: ScheduleHandle,
): Promise<number> {
  const policy = policyOf(session.configuration);
  const description = await handle.describe();
  const shortestMs = await shortestInterval(session, handle.scheduleId);
  const { timer: looks, last } = await readLooks(session.client, session.fleet);
  const timer = {
    ...timerDocument(description, shortestMs, policy),
    looks: looks && looksDocument(looks, last),
  };
  for (const warning of timer.warnings) remark(io, `warning: ${warning}`);
  showList(io, options, {
    document: timer,
    text: () => [timerText(timer, policy), looksText(timer.looks)].join('\n\n'),
    list: () => runList(timer),
  });
  return EXIT.done;
}
