import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Answer } from '../../core/rotation.js';
import { answerUpdate, rotationId } from '../../workflows/messages.js';
import { EXIT, UserError } from '../errors.js';
import { describeOperation, isRunning } from '../../monitoring/fleet-reading.js';
import { objectionOf } from '../operations.js';
import { show, type GlobalOptions, type Io } from '../output.js';
import { noWorkerHint } from '../../monitoring/fleet-reading.js';
import { hasWorker, withSession } from '../session.js';

const SAID: Readonly<Record<Answer, string>> = {
  retry: 'it looks again now',
  pause: 'it stops after the step that runs; `rotor resume` lets it go on',
  resume: 'it goes on',
  abort: 'it stops and puts back what it can; `rotor status` shows how far it is',
};

/** An operator's word to the operation that runs or waits. */
export function answer(io: Io, what: Answer, options: GlobalOptions): Promise<number> {
  return withSession(options, async (session) => {
    const { client, fleet, taskQueue } = session;
    const nothing = new UserError(
      'no-operation',
      `no operation runs on ${fleet}, so there is nothing to ${what}`,
    );
    if (!isRunning(await describeOperation(session))) throw nothing;
    if (!(await hasWorker(session))) throw new UserError('no-worker', noWorkerHint(taskQueue));
    try {
      await client.workflow
        .getHandle(rotationId(fleet))
        .executeUpdate(answerUpdate, { args: [{ answer: what }] });
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw objectionOf(error);
      throw error instanceof WorkflowNotFoundError ? nothing : error;
    }
    show(io, options, { answer: what, workflowId: rotationId(fleet) }, () => SAID[what]);
    return EXIT.done;
  });
}
