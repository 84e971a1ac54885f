import { roughly, utc } from '../../core/times.js';
import type { Overview, Schedule } from '../schemas.js';
import { Icon } from './icons.js';
import { useAnswer } from './live.js';
import { Command, FullTime, Loading, Problem, Time } from './parts.js';

const MOST_RUNS = 10;

export function SchedulePage({ overview }: { overview: Overview }) {
  const { nextRun, timer, lastRotated } = overview;
  const { value, problem } = useAnswer<Schedule>(
    'api/schedule',
    `${nextRun} ${timer?.paused} ${timer?.note} ${lastRotated}`,
  );
  return (
    <section aria-labelledby="schedule">
      <h2 id="schedule">Schedule</h2>
      <Problem text={problem} />
      {value ? <Timer schedule={value} /> : problem === null && <Loading />}
    </section>
  );
}

function Timer({ schedule: { timer, lastRotated, overdue, findings } }: { schedule: Schedule }) {
  const runs = timer?.nextRuns ?? [];
  return (
    <>
      <Health overdue={overdue} findings={findings} />
      <dl class="facts plain">
        <div>
          <dt>timer</dt>
          <dd>{timer ? (timer.paused ? 'paused' : 'on') : 'none'}</dd>
        </div>
        {timer?.note && (
          <div>
            <dt>note</dt>
            <dd>{timer.note}</dd>
          </div>
        )}
        <div>
          <dt>last run of the timer</dt>
          <dd>
            <Time at={timer?.lastRun ?? null} />
          </dd>
        </div>
        <div>
          <dt>last rotated</dt>
          <dd>
            <Time at={lastRotated} />
          </dd>
        </div>
        {timer && timer.jitterSeconds > 0 && (
          <div>
            <dt>starts up to</dt>
            <dd>{roughly(timer.jitterSeconds * 1_000)} later</dd>
          </div>
        )}
      </dl>
      <h3>Next runs</h3>
      {runs.length === 0 ? (
        <p class="muted">none</p>
      ) : (
        <ol class="runs">
          {runs.slice(0, MOST_RUNS).map((run, index) => (
            <li key={run}>
              <FullTime at={run} />
              {index > 0 && (
                <span class="muted">
                  {' '}
                  · {roughly(Date.parse(run) - Date.parse(runs[index - 1]!))} after the one before
                </span>
              )}
              <br />
              <small class="muted">{new Date(run).toLocaleString()} here</small>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Health({ overdue, findings }: Pick<Schedule, 'overdue' | 'findings'>) {
  if (!overdue && findings.length === 0)
    return (
      <p class="tone-good">
        <Icon name="good" /> Rotations come as often as they should.
      </p>
    );
  return (
    <ul class="findings">
      {overdue && (
        <li>
          <span class="tone-bad">
            <Icon name="bad" /> overdue
          </span>{' '}
          {overdue.message}, since {utc(overdue.since)}
        </li>
      )}
      {findings.map(({ code, severity, message, remedy }) => (
        <li key={code}>
          <span class={severity === 'error' ? 'tone-bad' : 'tone-attention'}>
            <Icon name={severity === 'error' ? 'bad' : 'attention'} /> {severity}
          </span>{' '}
          {message}
          <br />
          <Remedy text={remedy} />
        </li>
      ))}
    </ul>
  );
}

/** Commands stand between backquotes. */
function Remedy({ text }: { text: string }) {
  const parts = text.split('`');
  if (parts.length === 1) return text.startsWith('temporal ') ? <Command text={text} /> : <>{text}</>;
  return <>{parts.map((part, index) => (index % 2 === 1 ? <Command key={index} text={part} /> : part))}</>;
}
