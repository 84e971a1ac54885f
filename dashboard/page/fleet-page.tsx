import { useMemo, useState } from 'preact/hooks';
import { utc } from '../../core/times.js';
import { chosenNodes, isDiffering, type NodesQuery } from '../nodes.js';
import type { Fleet, FleetNode, Overview } from '../schemas.js';
import { addressOf, go, useAddress, type Parameters } from './address.js';
import { useAnswer, useNow, type Live } from './live.js';
import { Matrix } from './matrix.js';
import { rowsOf } from './matrix-rows.js';
import { Loading, Problem, count } from './parts.js';
import { Running } from './running.js';

export function FleetPage({ overview, live }: { overview: Overview; live: Live }) {
  const { value: fleet, problem } = useAnswer<Fleet>('api/fleet', overview.fleetVersion);
  const isStale = useIsStale(overview, live);
  return (
    <>
      {overview.running && <Running operation={overview.running} />}
      <Problem text={problem} />
      {fleet ? (
        <Nodes fleet={fleet} isStale={isStale} isWaiting={overview.running?.state === 'blocked'} />
      ) : (
        <Loading />
      )}
    </>
  );
}

/** The page's own clock decides when nobody tells it any more. */
function useIsStale({ look }: Overview, { silentSince }: Live): boolean {
  const now = useNow();
  return look === null || look.isStale || (silentSince !== null && now >= Date.parse(look.staleAt));
}

/** @param isWaiting the operation says already what is in its way */
function Nodes({ fleet, isStale, isWaiting }: { fleet: Fleet; isStale: boolean; isWaiting: boolean }) {
  const address = useAddress();
  const query = queryOf(address);
  const { search, site, only, sort } = query;
  const [folds, setFolds] = useState<Readonly<Record<string, boolean>>>({});
  const nodes = useMemo(() => chosenNodes(fleet.nodes, query), [fleet, search, site, only, sort]);
  const rows = useMemo(() => rowsOf(nodes, fleet, sort, folds), [nodes, fleet, sort, folds]);
  const differing = useMemo(() => fleet.nodes.filter(isDiffering).length, [fleet]);
  if (fleet.look === null)
    return (
      <p class="empty">
        No look at the nodes is known. <code>rotor verify</code> takes one.
      </p>
    );
  const fold = (name: string, isFolded: boolean) => setFolds((before) => ({ ...before, [name]: isFolded }));
  return (
    <section aria-labelledby="nodes">
      <div class="bar">
        <h2 id="nodes">
          {count(fleet.nodes.length, 'node')}
          {differing > 0 && !isStale && (
            <span class="tone-bad"> · {count(differing, 'differs', 'differ')}</span>
          )}
        </h2>
        <Filters query={query} sites={[...new Set(fleet.nodes.map((node) => node.site))]} address={address} />
        <span class="exports">
          <a href={`api/fleet.csv${exportQuery(query)}`} download="fleet.csv">
            CSV
          </a>{' '}
          <a href={`api/fleet${exportQuery(query)}`} download="fleet.json">
            JSON
          </a>
        </span>
      </div>
      <p class="muted seen">
        As {SEEN_BY[fleet.look.by]} saw it at {utc(fleet.look.at)}
        {isStale ? ', too long ago to count as known' : ''}
        {nodes.length < fleet.nodes.length && `; ${count(nodes.length, 'node')} shown`}
      </p>
      {!isStale && !isWaiting && <WhatIsWrong nodes={nodes} />}
      <Matrix fleet={fleet} rows={rows} isStale={isStale} onFold={fold} />
    </section>
  );
}

const SEEN_BY = { operation: 'the operation', look: 'a look between rotations', verify: '`rotor verify`' };

/** More sentences than these are what the filter is for. */
const MOST_SENTENCES = 8;

function WhatIsWrong({ nodes }: { nodes: readonly FleetNode[] }) {
  const messages = nodes.flatMap(({ problems }) => problems.map(({ message }) => message));
  if (messages.length === 0) return null;
  return (
    <ul class="wrong">
      {messages.slice(0, MOST_SENTENCES).map((message) => (
        <li key={message}>{message}</li>
      ))}
      {messages.length > MOST_SENTENCES && <li>and {count(messages.length - MOST_SENTENCES, 'other')}</li>}
    </ul>
  );
}

function Filters({
  query,
  sites,
  address,
}: {
  query: NodesQuery;
  sites: readonly string[];
  address: Parameters;
}) {
  const set = (name: string, replaces: boolean) => (event: { currentTarget: { value: string } }) =>
    go({ ...address, [name]: event.currentTarget.value }, replaces);
  return (
    <form class="filters" role="search" aria-label="Nodes" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span class="hidden">Search</span>
        <input
          type="search"
          placeholder="node, site, problem"
          value={query.search}
          onInput={set('search', true)}
        />
      </label>
      {sites.length > 1 && (
        <label>
          <span class="hidden">Site</span>
          <select value={query.site ?? ''} onChange={set('site', false)}>
            <option value="">all sites</option>
            {sites.map((site) => (
              <option key={site}>{site}</option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span class="hidden">Which</span>
        <select value={query.only ?? ''} onChange={set('only', false)}>
          <option value="">all nodes</option>
          <option value="differing">that differ</option>
        </select>
      </label>
      <label>
        <span class="hidden">Order</span>
        <select value={query.sort === 'site' ? '' : query.sort} onChange={set('sort', false)}>
          <option value="">by site</option>
          <option value="name">by name</option>
          <option value="problems">worst first</option>
        </select>
      </label>
    </form>
  );
}

function queryOf({ search, site, only, sort }: Parameters): NodesQuery {
  return {
    search: search ?? '',
    site: site || undefined,
    only: only === 'differing' ? only : undefined,
    sort: sort === 'name' || sort === 'problems' ? sort : 'site',
  };
}

function exportQuery({ search, site, only, sort }: NodesQuery): string {
  const address = addressOf({ search: search ?? '', site: site ?? '', only: only ?? '', sort });
  return address.startsWith('?') ? address : '';
}
