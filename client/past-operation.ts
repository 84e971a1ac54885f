import { listRuns, withEnd, type PastOperation } from '../monitoring/past-operations.js';
import { UserError } from './errors.js';
import type { Session } from './session.js';

/** How far back the beginning of a run ID is looked for. */
const MOST_SEARCHED = 1_000;

/**
 * @param name a run ID, its beginning, or `last`
 * @throws UserError when there is none, or more than one
 */
export async function pastOperation(session: Session, name: string): Promise<PastOperation> {
  const runs = await listRuns(session, name === 'last' ? 1 : MOST_SEARCHED);
  const found = name === 'last' ? runs : runs.filter(({ runId }) => runId.startsWith(name));
  const [run] = found;
  if (!run)
    throw new UserError('no-run', `${session.fleet} has no run ${name}; \`rotor history\` lists them`);
  if (found.length > 1)
    throw new UserError(
      'no-run',
      `${found.length} runs begin with ${name}; say more of the one that is meant`,
    );
  return withEnd(session, run);
}
