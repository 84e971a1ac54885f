import { useState } from 'preact/hooks';
import { timeOfDay, tookText, utc } from '../../core/times.js';
import type { Operation, OperationNow } from '../schemas.js';
import { barsOf } from './bars.js';
import { serverNow, useAnswer } from './live.js';
import { Commands, Fingerprint, FullTime, Link, Loading, Outcome, Problem, count } from './parts.js';
import { StepsTable } from './steps.js';
import { TimeLine } from './time-line.js';

/** Rows that are shown before somebody asks for more. */
const PAGE = 100;

/** @param running the operation that runs, which may be this one */
export function RunPage({ runId, running }: { runId: string; running: OperationNow | null }) {
  const now = running?.runId === runId ? running : null;
  const version = now ? `${now.steps.length} ${now.state} ${now.reason}` : '';
  const { value, problem } = useAnswer<Operation>(`api/operations/${encodeURIComponent(runId)}`, version);
  return (
    <article class="run">
      <p>
        <Link to={{ view: 'history' }}>← history</Link>
      </p>
      <Problem text={problem} />
      {value ? (
        <Run operation={value} state={now?.state ?? value.outcome} />
      ) : (
        problem === null && <Loading />
      )}
    </article>
  );
}

function Run({ operation, state }: { operation: Operation; state: string }) {
  const { type, runId, startedAt, seconds, startedBy, reason, phases, explanation, said } = operation;
  return (
    <>
      <h2>
        {type} <Outcome outcome={state} />
      </h2>
      <p>
        Started <FullTime at={startedAt} />
        {startedBy && ` by ${startedBy}`}
        {reason && <>: “{reason}”</>}
        {seconds !== null && `; it took ${tookText(seconds * 1_000)}`}
        <br />
        <code class="muted">{runId}</code>
      </p>
      {explanation.sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <Commands commands={explanation.next} label="next" />
      {phases.length > 0 && (
        <>
          <h3>Phases</h3>
          <TimeLine segments={phases} now={serverNow()} />
          <Legend operation={operation} />
        </>
      )}
      <Steps operation={operation} />
      <Attempts operation={operation} />
      <KeysBeforeAndAfter operation={operation} />
      {said.length > 0 && (
        <>
          <h3>Operators said</h3>
          <ul>
            {said.map(({ at, what }) => (
              <li key={`${at} ${what}`}>
                <time dateTime={at}>{utc(at)}</time> <code>{what}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Legend({ operation }: { operation: Operation }) {
  const took = new Map<string, number>();
  for (const { phase, ms } of barsOf(operation.phases, serverNow()))
    took.set(phase, (took.get(phase) ?? 0) + ms);
  return (
    <ul class="legend">
      {[...took].map(([phase, ms]) => (
        <li key={phase}>
          <i class={`swatch phase-${phase}`} /> {phase} <span class="muted">{tookText(ms)}</span>
        </li>
      ))}
    </ul>
  );
}

function Steps({ operation: { steps } }: { operation: Operation }) {
  const [node, setNode] = useState('');
  const [shown, setShown] = useState(PAGE);
  const names = [...new Set(steps.flatMap(({ nodes }) => nodes))].sort();
  const theirs =
    node === '' ? steps : steps.filter(({ nodes }) => nodes.includes(node)).map((step) => ofNode(step, node));
  if (steps.length === 0) return null;
  return (
    <>
      <div class="bar">
        <h3>Steps</h3>
        <label class="by-node">
          of{' '}
          <input
            list="node-names"
            placeholder="every node"
            aria-label="Steps of this node"
            value={node}
            onInput={({ currentTarget: { value } }) => setNode(names.includes(value) ? value : '')}
          />
          <datalist id="node-names">
            {names.slice(0, 500).map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
      </div>
      <StepsTable steps={theirs.slice(0, shown)} label="Steps" />
      <More all={theirs.length} shown={shown} onMore={() => setShown(shown + PAGE)} of="step" />
    </>
  );
}

function ofNode(step: Operation['steps'][number], node: string): Operation['steps'][number] {
  return { ...step, nodes: [node], problems: step.problems.filter((problem) => problem.node === node) };
}

function More({ all, shown, onMore, of }: { all: number; shown: number; onMore: () => void; of: string }) {
  if (all <= shown) return null;
  return (
    <p>
      <button type="button" onClick={onMore}>
        {count(Math.min(PAGE, all - shown), `more ${of}`)} of {(all - shown).toLocaleString('en')}
      </button>
    </p>
  );
}

/** Every attempt with its own error, the last first. */
function Attempts({ operation: { attempts, troubles } }: { operation: Operation }) {
  const [shown, setShown] = useState(PAGE);
  if (attempts.length === 0) return null;
  const latest = [...attempts].reverse().slice(0, shown);
  return (
    <>
      <h3>In the way</h3>
      <ul class="wrong">
        {troubles.slice(0, 20).map(({ node, code, message, times, firstAt, lastAt }) => (
          <li key={`${node} ${code} ${message}`}>
            <code>{code}</code> {message}{' '}
            <span class="muted">
              {times === 1
                ? timeOfDay(firstAt)
                : `${times} times, ${timeOfDay(firstAt)} to ${timeOfDay(lastAt)}`}
            </span>
          </li>
        ))}
      </ul>
      <details>
        <summary>{count(attempts.length, 'attempt')} with an error, each by itself</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label="Attempts with an error">
          <table>
            <thead>
              <tr>
                <th scope="col">at</th>
                <th scope="col">phase</th>
                <th scope="col">node</th>
                <th scope="col">error</th>
              </tr>
            </thead>
            <tbody>
              {latest.map(({ at, phase, node, code, message }, index) => (
                <tr key={index}>
                  <td class="nowrap">{utc(at)}</td>
                  <td>{phase}</td>
                  <td>{node || 'the worker'}</td>
                  <td>
                    <code>{code}</code> {message}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <More all={attempts.length} shown={shown} onMore={() => setShown(shown + PAGE)} of="attempt" />
      </details>
    </>
  );
}

type Places = Operation['keys'][number]['before'];

function KeysBeforeAndAfter({ operation: { keys } }: { operation: Operation }) {
  if (keys.length === 0) return null;
  const changed = keys.filter(({ before, after }) => placesText(before) !== placesText(after));
  return (
    <>
      <h3>Keys before and after</h3>
      <table class="difference">
        <thead>
          <tr>
            <th scope="col">key</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">so</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ fingerprint, before, after }) => (
            <tr key={fingerprint}>
              <th scope="row">
                <Fingerprint value={fingerprint} whole />
              </th>
              <td>{placesText(before)}</td>
              <td>{placesText(after)}</td>
              <td>{changeText(before, after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {changed.length === 0 && <p class="muted">No key is where it was not before.</p>}
    </>
  );
}

function placesText(places: Places): string {
  const words = Object.entries(places).flatMap(([state, n]) => (n === 0 ? [] : [`${state} on ${n}`]));
  return words.join(', ') || 'nowhere';
}

function changeText(before: Places, after: Places): string {
  const [was, is] = [placesText(before), placesText(after)];
  if (was === is) return '';
  if (was === 'nowhere') return '+ new';
  if (is === 'nowhere') return '− gone';
  if (after.primary > before.primary) return '↑ promoted';
  if (after.primary < before.primary) return '↓ demoted';
  return '± moved';
}
