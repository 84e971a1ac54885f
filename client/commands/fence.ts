import { EXIT } from '../errors.js';
import { sendOrder } from '../operations.js';
import { remark, show, type GlobalOptions, type Io } from '../output.js';
import { runOperation } from '../running.js';
import { withSession } from '../session.js';

/** An operator says that a node serves no traffic: nobody waits for it, and nothing is written there. */
export function fence(io: Io, node: string, options: GlobalOptions): Promise<number> {
  return withSession(options, async (session) => {
    const told = await sendOrder(session, { kind: 'fence', node });
    const note = `${node} is fenced: it must serve no traffic until \`rotor unfence ${node}\` has brought it every key`;
    show(io, options, { node, standing: 'fenced', told }, () => note);
    return EXIT.done;
  });
}

/** Brings a fenced node every key; it serves again only when it has them. */
export function unfence(io: Io, node: string, options: GlobalOptions): Promise<number> {
  return withSession(options, async (session) => {
    const told = await sendOrder(session, { kind: 'unfence', node });
    if (told === 'fleet') {
      remark(io, `${node} is brought every key, and serves when it has them`);
      return runOperation(io, options, session, { kind: 'reconcile', reason: `unfence ${node}` });
    }
    const note = `the operation that runs brings ${node} every key; \`rotor verify\` says when it serves`;
    show(io, options, { node, standing: 'joining', told }, () => note);
    return EXIT.done;
  });
}
