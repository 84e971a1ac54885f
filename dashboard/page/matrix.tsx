/** Nodes × keys. Only the rows in sight are there, so that three thousand nodes cost no more than thirty. */
import { memo } from 'preact/compat';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { roughly } from '../../core/times.js';
import type { Fleet, FleetKey } from '../schemas.js';
import { Icon } from './icons.js';
import { useNow } from './live.js';
import { cellOf, type NodeRow, type Row, type SiteRow } from './matrix-rows.js';
import { Fingerprint, Time, count } from './parts.js';

/** The same as in page.css; rows are placed by it. */
const ROW_PX = 34;
/** Rows above and below what is seen. */
const SPARE = 12;
/** Fewer than these are all there. */
const FEW_ROWS = 60;
/** Keys that have a column of their own before the others fold into one. */
const MOST_KEYS = 5;

interface MatrixProps {
  readonly fleet: Fleet;
  readonly rows: readonly Row[];
  readonly isStale: boolean;
  readonly onFold: (site: string, isFolded: boolean) => void;
}

export function Matrix({ fleet, rows, isStale, onFold }: MatrixProps) {
  const box = useRef<HTMLDivElement>(null);
  const [showsAll, setShowsAll] = useState(false);
  const [from, to] = useSight(box, rows.length);
  // The same list as long as it is the same: rows are drawn anew when it is another.
  const keys = useMemo(() => (showsAll ? fleet.keys : fleet.keys.slice(0, MOST_KEYS)), [fleet, showsAll]);
  const more = fleet.keys.length - keys.length;
  const hasProblems = useMemo(() => fleet.nodes.some(({ problems }) => problems.length > 0), [fleet]);
  const columns = keys.length + 2 + Number(hasProblems) + Number(more > 0);
  return (
    <div class="scroll matrix-box" ref={box} tabIndex={0} role="region" aria-label="Nodes and their keys">
      <table class="matrix" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="name">
              node
            </th>
            {hasProblems && (
              <th scope="col" class="problems">
                problems
              </th>
            )}
            <th scope="col">seen</th>
            {keys.map((key) => (
              <KeyHead key={key.fingerprint} of={key} />
            ))}
            {more > 0 && (
              <th scope="col">
                <button type="button" onClick={() => setShowsAll(true)}>
                  {count(more, 'older key')}
                </button>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={from} columns={columns} />
          {rows
            .slice(from, to)
            .map((row, index) =>
              row.kind === 'site' ? (
                <Site
                  key={`site ${row.site}`}
                  row={row}
                  index={from + index}
                  keys={keys}
                  more={more}
                  isStale={isStale}
                  hasProblems={hasProblems}
                  onFold={onFold}
                />
              ) : (
                <Node
                  key={`node ${row.node.name}`}
                  row={row}
                  index={from + index}
                  keys={keys}
                  more={more}
                  isStale={isStale}
                  hasProblems={hasProblems}
                />
              ),
            )}
          <Spacer rows={rows.length - to} columns={columns} />
        </tbody>
      </table>
    </div>
  );
}

/** The rows that can be seen now. */
function useSight(box: { readonly current: HTMLDivElement | null }, rows: number): [number, number] {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(900);
  useLayoutEffect(() => {
    const element = box.current!;
    const onScroll = () => setTop(Math.floor(element.scrollTop / ROW_PX));
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    element.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, [box]);
  if (rows <= FEW_ROWS) return [0, rows];
  const from = Math.max(0, Math.min(top, rows) - SPARE);
  return [from, Math.min(rows, top + Math.ceil(height / ROW_PX) + SPARE)];
}

function Spacer({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" style={{ height: `${rows * ROW_PX}px` }}>
      <td colSpan={columns} />
    </tr>
  );
}

function KeyHead({ of: key }: { of: FleetKey }) {
  const { role, fingerprint } = key;
  return (
    <th scope="col" class={`role-${role}`}>
      <Icon name={role === 'primary' || role === 'staged' ? role : 'secondary'} /> {role}{' '}
      <Fingerprint value={fingerprint} />
      <NeededUntil of={key} />
    </th>
  );
}

function NeededUntil({ of: { neededUntil, role } }: { of: FleetKey }) {
  const now = useNow();
  if (neededUntil === null)
    return (
      <small>{role === 'primary' ? 'in use' : role === 'staged' ? 'the next primary' : 'still needed'}</small>
    );
  const left = Date.parse(neededUntil) - now;
  return <small title={neededUntil}>{left > 0 ? `needed for ${roughly(left)}` : 'needed no more'}</small>;
}

interface RowProps {
  readonly index: number;
  readonly keys: readonly FleetKey[];
  readonly more: number;
  readonly isStale: boolean;
  readonly hasProblems: boolean;
}

const Site = memo(function Site(
  props: RowProps & { readonly row: SiteRow; readonly onFold: MatrixProps['onFold'] },
) {
  const { row, index, keys, more, isStale, hasProblems, onFold } = props;
  const { site, isFolded, nodes, differing, holders, unread } = row;
  return (
    <tr class="site" aria-rowindex={index + 2}>
      <th scope="row" class="name">
        <button type="button" aria-expanded={!isFolded} onClick={() => onFold(site, !isFolded)}>
          <span class="fold" aria-hidden="true">
            {isFolded ? '▸' : '▾'}
          </span>{' '}
          {site} <span class="muted">{nodes.toLocaleString('en')}</span>
        </button>
      </th>
      {hasProblems && (
        <td class="problems">
          {differing > 0 && !isStale && (
            <span class="tone-bad">
              <Icon name="bad" /> {count(differing, 'differs', 'differ')}
            </span>
          )}
        </td>
      )}
      <td>{unread > 0 && `${unread} unread`}</td>
      {keys.map(({ fingerprint }, key) => (
        <td key={fingerprint}>{isStale ? 'unknown' : holdersText(holders[key]!, nodes - unread)}</td>
      ))}
      {more > 0 && <td />}
    </tr>
  );
});

/** @param nodes that were read */
function holdersText(holders: number, nodes: number): string {
  if (nodes === 0) return 'unknown';
  return holders === nodes ? `on all ${nodes.toLocaleString('en')}` : `on ${holders} of ${nodes}`;
}

const Node = memo(function Node({
  row,
  index,
  keys,
  more,
  isStale,
  hasProblems,
}: RowProps & { readonly row: NodeRow }) {
  const { node } = row;
  const { name, standing, problems, seenAt, reachable } = node;
  const others = new Set(node.keys.map(({ fingerprint }) => fingerprint)).size;
  const shown = keys.filter((key) =>
    node.keys.some(({ fingerprint }) => fingerprint === key.fingerprint),
  ).length;
  return (
    <tr class={problems.length > 0 ? 'differs' : undefined} aria-rowindex={index + 2}>
      <th scope="row" class="name">
        {name}
        {standing !== 'serving' && (
          <span class="badge">
            <Icon name={standing === 'fenced' ? 'fenced' : 'working'} />
            {standing}
          </span>
        )}
      </th>
      {hasProblems && (
        <td class="problems" title={problems.map(({ message }) => message).join('\n')}>
          {problems.map(({ code }) => (
            <span key={code} class="tone-bad">
              <Icon name="bad" /> {code}{' '}
            </span>
          ))}
        </td>
      )}
      <td class="muted">
        <Time at={seenAt} />
      </td>
      {keys.map((key) => {
        const { icon, text } = cellOf(node, key, isStale);
        return (
          <td key={key.fingerprint} class={`cell cell-${icon ?? 'none'}`}>
            {icon && <Icon name={icon} />} {text}
          </td>
        );
      })}
      {more > 0 && <td class="muted">{isStale || !reachable ? 'unknown' : `${others - shown} held`}</td>}
    </tr>
  );
});
