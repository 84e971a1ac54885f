import { setTimeout as sleep } from 'node:timers/promises';
import { primaryOfNode, stagedOfNode } from '../fleet-text.js';
import { EXIT } from '../errors.js';
import { remark, type GlobalOptions, type Io, type ListOptions } from '../output.js';
import { withSession } from '../session.js';
import { mayPass } from '../temporal-errors.js';
import { StatusReader, type Status } from '../../monitoring/status.js';
import { statusText } from '../status-text.js';
import { checkColumns, showList, type List } from '../table.js';

export interface StatusOptions extends GlobalOptions, ListOptions {
  readonly watch?: boolean;
}

const WATCH_MS = 1_000;
const COLUMNS = ['Node', 'Site', 'Standing', 'Primary', 'Staged', 'Files', 'Waiting', 'Problems'];
/** Moves to the top and clears what is below. */
const REDRAW = '\x1b[H\x1b[J';

export async function status(io: Io, options: StatusOptions): Promise<number> {
  checkColumns(options, COLUMNS);
  return withSession(options, async (session) => {
    const reader = new StatusReader(session);
    if (options.watch) return watch(io, options, reader);
    const now = await reader.read();
    print(io, options, now);
    return now.outcome === 'blocked' || now.overdue ? EXIT.blocked : EXIT.done;
  });
}

/** Until Ctrl-C. A terminal shows it in place; elsewhere each change is printed once, as JSON each look is. */
async function watch(io: Io, options: StatusOptions, reader: StatusReader): Promise<never> {
  const redraws = io.hasColours === true && !options.json && options.format === undefined;
  let last = '';
  for (;;) {
    const now = await reader.read().catch((error: unknown) => {
      if (!mayPass(error)) throw error;
      remark(io, 'the connection to Temporal was lost, trying again');
      return null;
    });
    const content = JSON.stringify(now);
    if (now && (options.json || redraws || content !== last)) {
      if (redraws) io.out(REDRAW);
      print(io, options, now);
      last = content;
    }
    await sleep(WATCH_MS);
  }
}

function print(io: Io, options: StatusOptions, now: Status): void {
  showList(io, options, { document: now, text: () => statusText(now, io), list: () => nodesOf(now) });
}

function nodesOf({ view, blocking }: Status): List {
  const rows = (view?.nodes ?? []).map((node) => [
    node.name,
    node.site,
    node.standing,
    primaryOfNode(node),
    stagedOfNode(node),
    node.keys.length,
    blocking.find((each) => each.node === node.name)?.code ?? null,
    node.problems.map(({ code }) => code).join(' ') || null,
  ]);
  return { columns: COLUMNS, rows };
}
