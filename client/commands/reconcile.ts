import type { Order } from '../../core/orders.js';
import type { Questions } from '../../core/questions.js';
import { describeOperation, isRunning } from '../../monitoring/fleet-reading.js';
import type { Planning } from '../../workflows/planning.js';
import { EXIT, usageError } from '../errors.js';
import { fleetText } from '../fleet-text.js';
import { planFor } from '../look.js';
import { sendOrder } from '../operations.js';
import { confirm, remark, show, type Io } from '../output.js';
import { runOperation, type FollowingOptions } from '../running.js';
import { withSession, type Session } from '../session.js';
import { stepLines, stopLines } from './plan.js';

export interface ReconcileOptions extends FollowingOptions {
  readonly node?: string;
  readonly reason: string;
}

/**
 * Brings nodes that differ to the fleet's keys. What it may not decide by itself is listed, and done after a yes: spreading
 * keys that nobody knows, overwriting what is broken, the first keys of an empty fleet.
 */
export function reconcile(io: Io, options: ReconcileOptions): Promise<number> {
  return withSession(options, async (session) => {
    const found = await planFor(session, { steps: null, syncOnly: true, orders: [] });
    const nodes = nodesOf(found, options.node);
    const questions = about(found.questions, nodes);
    const order: Order = {
      kind: 'reconcile',
      nodes: nodes.filter((node) => isAsked(questions, node)),
      approved: questions.unknownKeys.map(({ fingerprint }) => fingerprint),
    };
    const planned =
      order.nodes.length === 0
        ? found
        : await planFor(session, { steps: null, syncOnly: true, orders: [order] });
    remark(io, reportOf({ found, planned, questions }));
    if (order.nodes.length > 0 && !(await confirm(io, options, 'Carry that out?'))) return EXIT.done;
    return carryOut(io, options, session, order);
  });
}

async function carryOut(io: Io, options: ReconcileOptions, session: Session, order: Order): Promise<number> {
  if (!isRunning(await describeOperation(session)))
    return runOperation(io, options, session, { kind: 'reconcile', reason: options.reason, orders: [order] });
  const told = await sendOrder(session, order);
  const note = 'the operation that runs was told; `rotor status` shows how far it is';
  show(io, options, { told, order }, () => note);
  return EXIT.done;
}

function nodesOf({ verification }: Planning, node: string | undefined): string[] {
  const names = verification.nodes.map(({ name }) => name);
  if (node === undefined) return names;
  if (names.includes(node)) return [node];
  throw usageError(`--node: there is no node ${node} in the inventory; its nodes are ${names.join(', ')}`);
}

function about(questions: Questions, nodes: readonly string[]): Questions {
  const isMeant = ({ node }: { readonly node: string }) => nodes.includes(node);
  return {
    ...questions,
    unknownKeys: questions.unknownKeys.filter(isMeant),
    brokenNodes: questions.brokenNodes.filter(isMeant),
  };
}

function isAsked({ unknownKeys, brokenNodes }: Questions, node: string): boolean {
  return [...unknownKeys, ...brokenNodes].some((each) => each.node === node);
}

/** Standard error may go elsewhere than the terminal that standard output goes to. */
const NO_COLOURS = { hasColours: false };

interface Report {
  readonly found: Planning;
  readonly planned: Planning;
  readonly questions: Questions;
}

function reportOf({ found, planned, questions }: Report): string {
  const { steps, stoppedBy } = planned;
  return [
    fleetText(found.verification, NO_COLOURS),
    ...questions.unknownKeys.map(
      ({ node, fingerprint }) =>
        `${node} has issued tokens with ${fingerprint}, which nobody knows: after a yes all nodes will accept it`,
    ),
    ...(questions.isAllEmpty
      ? ['no node has any key: after a yes all get the same first ones']
      : questions.brokenNodes.map(({ node, isEmpty }) =>
          isEmpty
            ? `${node} has no keys: after a yes it gets the fleet's`
            : `${node}: after a yes what is broken there is overwritten, and what is no key moved to .rotor/aside`,
        )),
    ...(steps.length > 0 ? ['to be done:', ...stepLines(steps)] : []),
    ...stopLines(steps, stoppedBy),
  ].join('\n');
}
