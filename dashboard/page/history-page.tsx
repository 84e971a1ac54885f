import { useEffect, useRef, useState } from 'preact/hooks';
import { roughly, tookText, utc } from '../../core/times.js';
import type { Operations, Overview, PastOperation, Phases } from '../schemas.js';
import { addressOf, go, useAddress, type Parameters } from './address.js';
import { serverNow, useAnswer, useNow } from './live.js';
import { Link, Loading, Outcome, Problem, Time, count } from './parts.js';
import { TimeLine } from './time-line.js';

const PAGE = 25;
const OUTCOMES = ['completed', 'compensated', 'aborted', 'failed', 'terminated'];
const TYPES = ['rotation', 'reconciliation', 'revocation'];
const FILTERS = ['search', 'outcome', 'type', 'from', 'to'] as const;

export function HistoryPage({ overview }: { overview: Overview }) {
  const address = useAddress();
  const offset = Number(address.offset ?? 0) || 0;
  const query = addressOf({ ...filtersOf(address), offset: offset ? `${offset}` : '', limit: `${PAGE}` });
  const version = `${overview.last?.runId} ${overview.running?.runId}`;
  const { value, problem } = useAnswer<Operations>(`api/operations${query}`, version);
  return (
    <section aria-labelledby="history">
      <div class="bar">
        <h2 id="history">History</h2>
        <Filters address={address} />
      </div>
      <Problem text={problem} />
      {value ? <List found={value} overview={overview} address={address} /> : problem === null && <Loading />}
    </section>
  );
}

function filtersOf(address: Parameters): Parameters {
  return Object.fromEntries(FILTERS.map((name) => [name, address[name] ?? '']));
}

function Filters({ address }: { address: Parameters }) {
  const set = (name: string, replaces: boolean) => (event: { currentTarget: { value: string } }) =>
    go({ ...address, offset: '', [name]: event.currentTarget.value }, replaces);
  const isFiltered = FILTERS.some((name) => address[name]);
  return (
    <form class="filters" role="search" aria-label="History" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span class="hidden">Search</span>
        <input
          type="search"
          placeholder="run, reason, who, node, error"
          value={address.search ?? ''}
          onInput={set('search', true)}
        />
      </label>
      <Choice
        label="Outcome"
        none="any outcome"
        options={OUTCOMES}
        value={address.outcome}
        onChange={set('outcome', false)}
      />
      <Choice
        label="Kind"
        none="any kind"
        options={TYPES}
        value={address.type}
        onChange={set('type', false)}
      />
      <label>
        from <input type="date" value={address.from ?? ''} onChange={set('from', false)} />
      </label>
      <label>
        to <input type="date" value={address.to ?? ''} onChange={set('to', false)} />
      </label>
      {isFiltered && <Link to={{ view: 'history' }}>all</Link>}
    </form>
  );
}

function Choice(props: {
  label: string;
  none: string;
  options: readonly string[];
  value: string | undefined;
  onChange: (event: { currentTarget: { value: string } }) => void;
}) {
  const { label, none, options, value, onChange } = props;
  return (
    <label>
      <span class="hidden">{label}</span>
      <select value={value ?? ''} onChange={onChange}>
        <option value="">{none}</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}

function List({
  found: { all, found, offset, running, operations },
  overview,
  address,
}: {
  found: Operations;
  overview: Overview;
  address: Parameters;
}) {
  if (all === 0)
    return (
      <p class="empty">
        This fleet has no history yet; <code>rotor rotate</code> begins it.
      </p>
    );
  const last = Math.min(offset + PAGE, found);
  return (
    <>
      <p class="muted seen" role="status">
        {found === all - running.length
          ? `${count(found, 'operation')} that ended`
          : `${found} of ${count(all - running.length, 'operation')} match`}
        {found > PAGE && `; ${offset + 1} to ${last} shown`}
      </p>
      <table class="history">
        <thead>
          <tr>
            <th scope="col">outcome</th>
            <th scope="col">started</th>
            <th scope="col">took</th>
            <th scope="col" class="line">
              phases
            </th>
            <th scope="col">by whom and why</th>
          </tr>
        </thead>
        <tbody>
          {[...running, ...operations].map((operation) => (
            <Row key={operation.runId} operation={operation} overview={overview} />
          ))}
        </tbody>
      </table>
      <nav class="pages" aria-label="Pages of the history">
        {offset > 0 && <Link to={{ ...address, offset: `${Math.max(0, offset - PAGE)}` }}>← newer</Link>}
        {last < found && <Link to={{ ...address, offset: `${offset + PAGE}` }}>older →</Link>}
      </nav>
    </>
  );
}

function Row({ operation, overview }: { operation: PastOperation; overview: Overview }) {
  const { runId, type, startedAt, seconds, outcome, reason, startedBy, error } = operation;
  const isNow = overview.running?.runId === runId;
  return (
    <tr class={outcome === 'running' ? 'is-running' : undefined}>
      <td class="outcome-cell">
        <Link to={{ view: 'history', run: runId }} class="run-link">
          <Outcome outcome={isNow ? overview.running!.state : outcome} /> <span class="kind">{type}</span>
        </Link>
      </td>
      <td class="nowrap">
        {utc(startedAt).slice(0, 16)}{' '}
        <small class="muted">
          <Time at={startedAt} />
        </small>
      </td>
      <td class="number">{seconds === null ? <Since at={startedAt} /> : tookText(seconds * 1_000)}</td>
      <td class="line">
        <LazyLine runId={runId} version={isNow ? overview.running!.steps.length : 0} />
      </td>
      <td>
        {startedBy ?? 'nobody said'}
        {reason && <>: {reason}</>}
        {error && <p class="error-line">{error.message}</p>}
      </td>
    </tr>
  );
}

function Since({ at }: { at: string }) {
  return <>{roughly(useNow() - Date.parse(at))} so far</>;
}

/** A history is read only for who sees the row. */
function LazyLine({ runId, version }: { runId: string; version: number }) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) setSeen(true);
    });
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  const { value, problem } = useAnswer<Phases>(isSeen ? `api/operations/${runId}/phases` : null, version);
  return (
    <div ref={place} class="line-place">
      {value && <TimeLine segments={value.phases} now={serverNow()} />}
      {problem && <small class="muted">{problem}</small>}
    </div>
  );
}
