/** Two seconds are enough for it: is all well, what is in the way, what is to be typed, when is the next one. */
import type { Overview } from '../schemas.js';
import { Icon, type IconName } from './icons.js';
import type { Live } from './live.js';
import { Commands, Link, Outcome, Time } from './parts.js';

type Head = Overview['head'];

const ICONS: Readonly<Record<Head['tone'], IconName>> = {
  good: 'good',
  working: 'working',
  attention: 'attention',
  bad: 'bad',
  unknown: 'unknown',
};

export function HeadLine({ live }: { live: Live }) {
  const { overview } = live;
  const head = headOf(live);
  return (
    <section class={`head tone-${head.tone}`} aria-label="How the fleet stands" data-tone={head.tone}>
      <div class="head-words" role="status">
        <h1>
          <Icon name={ICONS[head.tone]} />
          {head.title}
        </h1>
        {head.sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        <Commands commands={head.commands} label="type" />
      </div>
      {overview && <Facts overview={overview} />}
    </section>
  );
}

/** Who is not heard any more can't be believed any more. */
function headOf({ overview, silentSince }: Live): Head {
  if (silentSince !== null)
    return {
      tone: 'unknown',
      title: 'The dashboard does not answer',
      sentences: [
        `Since ${new Date(silentSince).toLocaleTimeString()}; it is asked again all the time. What is below may be out of date.`,
      ],
      commands: overview ? ['rotor status'] : [],
    };
  return overview?.head ?? { tone: 'unknown', title: 'Reading the fleet', sentences: [], commands: [] };
}

function Facts({ overview }: { overview: Overview }) {
  const { last, lastRotated, nextRun, timer, look, nodes } = overview;
  return (
    <dl class="facts">
      <div>
        <dt>last rotated</dt>
        <dd>
          <Time at={lastRotated} />
        </dd>
      </div>
      <div>
        <dt>next run</dt>
        <dd>{nextRun ? <Time at={nextRun} /> : timer?.paused ? 'paused' : 'none'}</dd>
      </div>
      <div>
        <dt>last operation</dt>
        <dd>
          {last ? (
            <Link to={{ view: 'history', run: last.runId }}>
              <Outcome outcome={last.outcome} />
            </Link>
          ) : (
            'none yet'
          )}
        </dd>
      </div>
      <div>
        <dt>nodes seen</dt>
        <dd>
          {nodes.all.toLocaleString('en')}, <Time at={look?.at ?? null} />
        </dd>
      </div>
    </dl>
  );
}
