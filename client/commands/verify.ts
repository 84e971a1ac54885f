import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { NodeReport } from '../../core/sync.js';
import type { Verification } from '../../workflows/verification.js';
import { WORKFLOW, verificationId } from '../../workflows/messages.js';
import { EXIT, UserError } from '../errors.js';
import { show, table, type GlobalOptions, type Io } from '../output.js';
import { hasWorker, noWorkerHint, withSession, type Session } from '../session.js';

/** Longer than a node's time-outs take; without an end by then the worker went away. */
const EXECUTION_TIMEOUT = '5m';

/** Looks at every node now. Changes nothing. */
export function verify(io: Io, options: GlobalOptions): Promise<number> {
  return withSession(options, async (session) => {
    const found = await look(session);
    show(io, options, found, () => textOf(found));
    return found.inSync ? EXIT.done : EXIT.drift;
  });
}

async function look(session: Session): Promise<Verification> {
  const { client, fleet, taskQueue } = session;
  if (!(await hasWorker(session))) throw new UserError('no-worker', noWorkerHint(taskQueue));
  try {
    return (await client.workflow.execute(WORKFLOW.verification, {
      workflowId: verificationId(fleet, randomUUID()),
      taskQueue,
      args: [{ fleet }],
      workflowExecutionTimeout: EXECUTION_TIMEOUT,
    })) as Verification;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause?.cause ?? error.cause;
    throw new UserError('verification-failed', cause instanceof Error ? cause.message : error.message);
  }
}

function textOf({ fleet, inSync, at, nodes }: Verification): string {
  const fingerprints = [...new Set(nodes.flatMap(({ keys }) => keys.map(({ fingerprint }) => fingerprint)))];
  const rows = nodes.map((node) => [node.name, node.site, ...fingerprints.map((key) => cell(node, key))]);
  return [
    `fleet ${fleet} is ${inSync ? 'in sync' : 'NOT in sync'} (${at})`,
    table([['node', 'site', ...fingerprints], ...rows]),
    ...nodes.flatMap(({ problems }) => problems.map(({ code, message }) => `  ${code}: ${message}`)),
  ].join('\n');
}

/** A key may stand under several names. */
function cell(node: NodeReport, fingerprint: string): string {
  if (!node.reachable) return '?';
  const places = node.keys.filter((key) => key.fingerprint === fingerprint);
  return places.map(({ state, index }) => `${state} ${index}`).join(', ') || 'missing';
}
