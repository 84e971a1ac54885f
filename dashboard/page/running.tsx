/** The operation that runs: how far it is, whom it waits for, and what can be said to it. */
import { PHASES, type Phase } from '../../core/decision.js';
import { utc } from '../../core/times.js';
import type { OperationNow } from '../schemas.js';
import { Link, Outcome, Time, count } from './parts.js';
import { StepsTable } from './steps.js';

/** In the order in which a rotation goes through them; others are shown when they come. */
const USUAL: readonly Phase[] = ['survey', 'distribute', 'confirm', 'promote', 'stage', 'prune'];
/** The latest are enough here; the operation's own page has all. */
const MOST_STEPS = 6;

export function Running({ operation }: { operation: OperationNow }) {
  const { type, runId, state, startedAt, startedBy, why, blocking, counts, retries, steps } = operation;
  return (
    <section class="card running" aria-labelledby="running">
      <h2 id="running">
        <Link to={{ view: 'history', run: runId }}>This {type}</Link> <Outcome outcome={state} />
      </h2>
      <p class="muted">
        started <Time at={startedAt} />
        {startedBy && ` by ${startedBy}`}
        {why && `: ${why}`}
      </p>
      <Phases operation={operation} />
      <p class="counts">
        {Object.entries(counts).map(([kind, n]) => (
          <span key={kind}>
            <strong>{n.toLocaleString('en')}</strong> {kind}{' '}
          </span>
        ))}
      </p>
      {blocking.length > 0 && (
        <>
          <h3>Waits for</h3>
          <ul class="blocking">
            {blocking.slice(0, 20).map(({ node, code, message, since }) => (
              <li key={`${node} ${code} ${message}`}>
                <strong>{node || 'the fleet'}</strong> <code>{code}</code> since{' '}
                <span title={utc(since)}>
                  <Time at={since} />
                </span>
                <br />
                {message}
              </li>
            ))}
            {blocking.length > 20 && <li>and {count(blocking.length - 20, 'other')}</li>}
          </ul>
        </>
      )}
      {retries.map(({ activity, attempt, lastError }) => (
        <p key={activity} class="tone-attention">
          <strong>{activity}</strong>: attempt {attempt}, after: {lastError}
        </p>
      ))}
      {steps.length > 0 && (
        <>
          <h3>Latest steps</h3>
          <StepsTable steps={steps.slice(-MOST_STEPS).reverse()} label="Latest steps, the newest first" />
        </>
      )}
    </section>
  );
}

function Phases({ operation: { phase, steps } }: { operation: OperationNow }) {
  const seen = new Set(steps.map((step) => step.phase));
  const shown = PHASES.filter((each) => USUAL.includes(each) || seen.has(each) || each === phase);
  return (
    <ol class="phases" aria-label="Phases">
      {shown.map((each) => {
        const state = each === phase ? 'now' : seen.has(each) ? 'done' : 'ahead';
        return (
          <li key={each} class={`phase-${state}`} aria-current={state === 'now' ? 'step' : undefined}>
            <i class={`swatch phase-${each}`} />
            {each} <span class="hidden">({state})</span>
          </li>
        );
      })}
    </ol>
  );
}
