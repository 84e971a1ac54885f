import { timeOfDay, tookText, utc } from '../../core/times.js';
import type { Operation } from '../schemas.js';
import { Icon } from './icons.js';
import { count } from './parts.js';

type Step = Operation['steps'][number];

/** More names than these are a number. */
const MOST_NAMES = 8;

export function StepsTable({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="steps">
        <thead>
          <tr>
            <th scope="col">at (UTC)</th>
            <th scope="col">phase</th>
            <th scope="col">took</th>
            <th scope="col">what</th>
            <th scope="col">nodes</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => (
            <StepRow key={`${step.startedAt} ${index}`} step={step} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function StepRow({ step: { startedAt, endedAt, phase, reason, nodes, problems } }: { step: Step }) {
  return (
    <tr class={problems.length > 0 ? 'has-problems' : undefined}>
      <td>
        <time dateTime={startedAt} title={utc(startedAt)}>
          {timeOfDay(startedAt)}
        </time>
      </td>
      <td class="nowrap">
        <i class={`swatch phase-${phase}`} /> {phase}
      </td>
      <td class="number">
        {endedAt === null ? 'running' : tookText(Date.parse(endedAt) - Date.parse(startedAt))}
      </td>
      <td>
        {reason}
        {problems.map(({ node, code, message }) => (
          <p key={`${node} ${code} ${message}`} class="tone-bad">
            <Icon name="bad" /> <code>{code}</code> {message}
          </p>
        ))}
      </td>
      <td>{nodes.length > MOST_NAMES ? count(nodes.length, 'node') : nodes.join(', ')}</td>
    </tr>
  );
}
