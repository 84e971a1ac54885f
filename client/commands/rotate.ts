import { hostname, userInfo } from 'node:os';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { formatDuration } from '../../core/duration.js';
import type { Progress, OperationRequest, OperationResult } from '../../core/rotation.js';
import { WORKFLOW, rotationId } from '../../workflows/messages.js';
import { EXIT, UserError } from '../errors.js';
import { follow } from '../follow.js';
import { remark, show, type GlobalOptions, type Io } from '../output.js';
import { hasWorker, noWorkerHint, withSession, type Session } from '../session.js';

export interface RotateOptions extends GlobalOptions {
  readonly reason: string;
  readonly wait: boolean;
}

/** Starts a rotation and follows it. Leaving it does not end it. */
export function rotate(io: Io, options: RotateOptions): Promise<number> {
  return withSession(options, async (session) => {
    const handle = await start(session, options);
    const names = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    remark(io, options, `rotation ${names.workflowId} started (run ${names.runId})`);
    if (!(await hasWorker(session))) remark(io, options, noWorkerHint(session.taskQueue));
    if (!options.wait) {
      show(
        io,
        options,
        { ...names, outcome: null },
        () => 'it goes on by itself; `rotor status` shows how far it is',
      );
      return EXIT.done;
    }
    const stopListening = sayOnInterrupt(io);
    try {
      const end = await follow(handle, {
        tell: (line) => remark(io, options, line),
        leaveWhenBlocked: !io.isTerminal,
      });
      if (end.kind === 'no-worker') {
        const remedy = `${noWorkerHint(session.taskQueue)}, and the rotation goes on`;
        throw new UserError('no-worker', remedy, EXIT.blocked);
      }
      const result = end.kind === 'ended' ? end.result : blockedResult(names, end.progress);
      show(io, options, result, () => summaryOf(result));
      return exitCodeOf(result);
    } finally {
      stopListening();
    }
  });
}

async function start({ client, fleet, taskQueue }: Session, { reason }: RotateOptions) {
  const request: Omit<OperationRequest, 'kind'> = {
    fleet,
    reason,
    startedBy: `${userInfo().username}@${hostname()}`,
  };
  try {
    return await client.workflow.start(WORKFLOW.rotation, {
      workflowId: rotationId(fleet),
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId } = await client.workflow.getHandle(rotationId(fleet)).describe();
    throw new UserError(
      'already-running',
      `a rotation is running already: ${rotationId(fleet)} (run ${runId}); \`rotor status\` shows how far it is`,
    );
  }
}

/** While it waits for a person there is no end yet; the shape is that of a result all the same. */
function blockedResult(names: { workflowId: string; runId: string }, progress: Progress) {
  const { blocking, nodes, startedAt } = progress;
  const [first] = blocking;
  const error = {
    code: first?.code ?? 'internal',
    message: first?.message ?? progress.reason,
    nodes: [...new Set(blocking.map(({ node }) => node))],
  };
  return {
    ...names,
    outcome: 'blocked' as const,
    primary: null,
    staged: null,
    pruned: [],
    retained: [],
    nodes,
    startedAt,
    endedAt: null,
    error,
  };
}

type Ending = OperationResult | ReturnType<typeof blockedResult>;

function exitCodeOf({ outcome }: Ending): number {
  if (outcome === 'completed') return EXIT.done;
  return outcome === 'failed' ? EXIT.error : EXIT.blocked;
}

function summaryOf(result: Ending): string {
  const { outcome, error, primary, staged, pruned, retained, endedAt, startedAt } = result;
  const took =
    endedAt === null
      ? ''
      : ` in ${formatDuration(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000) * 1000)}`;
  return [
    `${outcome}${took}`,
    ...(error ? [`  ${error.code}: ${error.message}`] : []),
    ...(outcome === 'blocked' ? ['  the rotation goes on waiting; `rotor status` shows how it stands'] : []),
    ...(primary ? [`  primary   ${primary}`] : []),
    ...(staged ? [`  staged    ${staged}`] : []),
    ...retained.map(({ fingerprint, until }) => `  retained  ${fingerprint} until ${until}`),
    ...pruned.map((fingerprint) => `  pruned    ${fingerprint}`),
  ].join('\n');
}

/** Ctrl-C stops the watching, not the rotation. */
function sayOnInterrupt(io: Io): () => void {
  const onInterrupt = () => {
    io.err('\nno longer following; the rotation goes on, `rotor status` shows how far it is\n');
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', onInterrupt);
  return () => process.removeListener('SIGINT', onInterrupt);
}
