import type { Answer } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import { EXIT } from '../errors.js';
import { SAID, sendAnswer } from '../operations.js';
import { show, type GlobalOptions, type Io } from '../output.js';
import { withSession } from '../session.js';

/** An operator's word to the operation that runs or waits. */
export function answer(io: Io, what: Answer, options: GlobalOptions): Promise<number> {
  return withSession(options, async (session) => {
    await sendAnswer(session, what);
    show(io, options, { answer: what, workflowId: rotationId(session.fleet) }, () => SAID[what]);
    return EXIT.done;
  });
}
