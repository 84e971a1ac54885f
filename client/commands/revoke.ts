import { EXIT, usageError } from '../errors.js';
import { lookAtFleet } from '../look.js';
import { confirm, remark, type GlobalOptions, type Io } from '../output.js';
import { runOperation } from '../running.js';
import { withSession } from '../session.js';

export interface RevokeOptions extends GlobalOptions {
  readonly reason?: string;
}

/** Replaces every key by two new ones. Every token dies, so it says how many keys and asks. */
export async function revoke(io: Io, options: RevokeOptions): Promise<number> {
  const { reason } = options;
  if (!reason?.trim())
    throw usageError('--reason: expected why all keys are revoked; it stands in the history');
  return withSession(options, async (session) => {
    const { nodes } = await lookAtFleet(session);
    const keys = new Set(nodes.flatMap((node) => node.keys.map(({ fingerprint }) => fingerprint)));
    const away = nodes.filter((node) => !node.reachable && !node.fenced).map(({ name }) => name);
    if (away.length > 0)
      remark(io, `can't be reached now, and will accept the old keys until it can: ${away.join(', ')}`);
    const question = `Revoke ${keys.size} keys on ${nodes.length} nodes? Every token that they made stops working at once, for all users and services.`;
    if (!(await confirm(io, options, question))) return EXIT.done;
    return runOperation(io, options, session, { kind: 'revoke', reason, takesOver: true });
  });
}
