import { useState } from 'preact/hooks';
import { roughly, utc } from '../../core/times.js';
import type { KeyLife, Keys, Overview } from '../schemas.js';
import { useAnswer, useNow } from './live.js';
import { Fingerprint, FullTime, Loading, Problem, Time, count } from './parts.js';
import { axisOf, livesOf, type Axis, type Stretch } from './key-lives.js';

export function KeysPage({ overview }: { overview: Overview }) {
  const version = `${overview.fleetVersion} ${overview.lastRotated}`;
  const { value, problem } = useAnswer<Keys>('api/keys', version);
  return (
    <section aria-labelledby="keys">
      <h2 id="keys">Key lives</h2>
      <Problem text={problem} />
      {value ? <Lives keys={value} /> : problem === null && <Loading />}
    </section>
  );
}

/** Keys that are gone, beside those that are there. */
const FEW_GONE = 3;

function Lives({ keys }: { keys: Keys }) {
  const [showsAll, setShowsAll] = useState(false);
  const now = useNow();
  const here = keys.keys.filter(({ role }) => role !== 'pruned');
  const gone = keys.keys.filter(({ role }) => role === 'pruned');
  const shown = [...here, ...(showsAll ? gone : gone.slice(0, FEW_GONE))];
  const axis = axisOf(shown, keys.nextRuns, now);
  return (
    <>
      <Chart lives={shown} nextRuns={keys.nextRuns} axis={axis} now={now} />
      {gone.length > FEW_GONE && !showsAll && (
        <p>
          <button type="button" onClick={() => setShowsAll(true)}>
            {count(gone.length - FEW_GONE, 'older key')} that {gone.length - FEW_GONE === 1 ? 'is' : 'are'}{' '}
            gone
          </button>
        </p>
      )}
      <h3>The same in words</h3>
      <Table lives={shown} />
    </>
  );
}

function Chart({
  lives,
  nextRuns,
  axis,
  now,
}: {
  lives: readonly KeyLife[];
  nextRuns: readonly string[];
  axis: Axis;
  now: number;
}) {
  const runs = nextRuns.map((run) => Date.parse(run)).filter((run) => run < axis.to);
  return (
    <div class="lives" role="group" aria-label="Lives of keys on a time axis; the table below says the same">
      <ul class="legend" aria-hidden="true">
        <li>
          <i class="swatch life-introduced" /> introduced
        </li>
        <li>
          <i class="swatch life-staged" /> staged
        </li>
        <li>
          <i class="swatch life-primary" /> primary
        </li>
        <li>
          <i class="swatch life-secondary" /> secondary, still needed
        </li>
        <li>
          <i class="swatch life-spare" /> needed no more
        </li>
        <li>
          <i class="swatch life-ahead" /> as planned
        </li>
      </ul>
      <div class="lives-rows" aria-hidden="true">
        {lives.map((life) => (
          <div class="life" key={life.fingerprint}>
            <span class="life-name">
              <Fingerprint value={life.fingerprint} /> <small>{life.role}</small>
            </span>
            <div class="life-line">
              {runs.map((run) => (
                <i key={run} class="mark-run" style={{ left: axis.at(run) }} />
              ))}
              <i class="mark-now" style={{ left: axis.at(now) }} />
              {livesOf(life, runs, now).map((stretch) => (
                <Piece key={`${stretch.state} ${stretch.from}`} stretch={stretch} axis={axis} now={now} />
              ))}
            </div>
          </div>
        ))}
        <div class="life axis">
          <span class="life-name" />
          <div class="life-line">
            {axis.marks.map(({ at, label }) => (
              <span key={at} class="axis-mark" style={{ left: axis.at(at) }}>
                {label}
              </span>
            ))}
            <span class="axis-mark now" style={{ left: axis.at(now) }}>
              now
            </span>
          </div>
        </div>
      </div>
    </div>
  );
}

function Piece({ stretch: { state, from, to }, axis, now }: { stretch: Stretch; axis: Axis; now: number }) {
  const title = `${state}: ${utc(new Date(from).toISOString())} to ${utc(new Date(to).toISOString())}`;
  return (
    <i
      class={`life-piece life-${state}${from >= now ? ' ahead' : ''}`}
      style={{ left: axis.at(from), width: axis.width(from, to) }}
      title={title}
    />
  );
}

function Table({ lives }: { lives: readonly KeyLife[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Lives of keys">
      <table>
        <thead>
          <tr>
            <th scope="col">key</th>
            <th scope="col">is</th>
            <th scope="col">made</th>
            <th scope="col">staged</th>
            <th scope="col">primary</th>
            <th scope="col">until</th>
            <th scope="col">needed</th>
            <th scope="col">gone</th>
          </tr>
        </thead>
        <tbody>
          {lives.map((life) => (
            <tr key={life.fingerprint}>
              <th scope="row">
                <Fingerprint value={life.fingerprint} whole />
              </th>
              <td>{life.role}</td>
              <td>
                {life.madeAt ? (
                  <FullTime at={life.madeAt} />
                ) : (
                  <>
                    before <FullTime at={life.firstSeenAt} />
                  </>
                )}
              </td>
              <td>
                <Time at={life.stagedAt} none="–" />
              </td>
              <td>
                <Time at={life.promotedAt} none="–" />
              </td>
              <td>
                <Time at={life.demotedAt} none="–" />
              </td>
              <td>
                <Needed life={life} />
              </td>
              <td>
                <Time at={life.prunedAt} none="–" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Needed({ life: { neededUntil, role } }: { life: KeyLife }) {
  const now = useNow();
  if (role === 'pruned' || role === 'revoked') return <>no more</>;
  if (neededUntil === null) return <>in use, or to be</>;
  const left = Date.parse(neededUntil) - now;
  return <span title={neededUntil}>{left > 0 ? `for ${roughly(left)}` : 'no more'}</span>;
}
