/** The first line of the page: is all well, and if not, what is in the way and what to type. */
import { explain, remediesFor } from '../monitoring/explanation.js';
import { list } from '../core/decision.js';
import type { Blocking } from '../core/rotation.js';
import { roughly, utc } from '../core/times.js';
import type { Fleet, OperationNow, Overview } from './schemas.js';

export interface Standing {
  readonly temporal: Overview['temporal'];
  readonly fleet: Fleet;
  readonly running: OperationNow | null;
  readonly last: Overview['last'];
  readonly overdue: Overview['overdue'];
  readonly timer: Overview['timer'];
  /** Said where nobody answers. */
  readonly noWorker: string;
}

type Head = Overview['head'];

/** More commands than these are no help. */
const MOST_FENCES = 3;

/** The worst comes first, and what is not known is never good. */
export function headOf(standing: Standing, now: number): Head {
  return (
    ofTemporal(standing) ??
    ofWaiting(standing, now) ??
    ofSilence(standing) ??
    ofFailure(standing) ??
    ofDrift(standing) ??
    ofOverdue(standing) ??
    ofRunning(standing) ??
    ofLook(standing, now) ??
    ofTimer(standing) ??
    inSync(standing)
  );
}

function ofTemporal({ temporal }: Standing): Head | null {
  if (temporal.reachable) return null;
  return {
    tone: 'unknown',
    title: 'Temporal does not answer',
    sentences: [
      `Since ${utc(temporal.since)}: ${temporal.message ?? 'no answer'}. What is below is what was known then; operations go on by themselves when it is back.`,
    ],
    commands: [],
  };
}

function ofWaiting({ running }: Standing, now: number): Head | null {
  if (running?.state !== 'blocked') return null;
  const nodes = [...new Set(running.blocking.map(({ node }) => node))];
  const [first] = running.blocking;
  const named = nodes.filter((node) => node !== '');
  return {
    tone: 'bad',
    title: `The ${running.type} waits for ${named.length > 0 ? list(named) : 'a person'}`,
    sentences: first ? [`For ${roughly(now - Date.parse(first.since))}: ${first.message}`] : [running.reason],
    commands: running.commands,
  };
}

function ofSilence({ running, fleet, last, noWorker }: Standing): Head | null {
  const isSilent = running ? running.state === 'unknown' : fleet.look === null && last !== null;
  if (!isSilent) return null;
  const title = running ? `No worker answers for the ${running.type}` : 'No worker answers';
  return { tone: 'bad', title, sentences: [noWorker], commands: ['rotor worker'] };
}

function ofFailure({ running, last }: Standing): Head | null {
  if (running || (last?.outcome !== 'failed' && last?.outcome !== 'terminated')) return null;
  const { sentences, next } = explain(last, null);
  return { tone: 'bad', title: `The last ${last.type} ${last.outcome}`, sentences, commands: next };
}

function ofDrift({ running, fleet }: Standing): Head | null {
  if (running || fleet.look?.inSync !== false) return null;
  const differing = fleet.nodes.filter(({ problems }) => problems.length > 0);
  const problems = differing.flatMap((node) => node.problems.map(({ code }) => ({ node: node.name, code })));
  const names = list(differing.map(({ name }) => name));
  return {
    tone: 'bad',
    title: differing.length === 1 ? `${names} is not right` : `${names} are not right`,
    sentences: differing
      .slice(0, 2)
      .flatMap((node) => node.problems.slice(0, 1).map(({ message }) => message)),
    commands: [
      ...new Set([
        ...problems.flatMap(({ node, code }) => remediesFor(code, [node])),
        'rotor reconcile',
        'rotor verify',
      ]),
    ].slice(0, 4),
  };
}

function ofOverdue({ overdue, timer }: Standing): Head | null {
  if (!overdue) return null;
  return {
    tone: 'attention',
    title: 'A rotation is overdue',
    sentences: [`${overdue.message}.`],
    commands: [...(timer?.paused ? ['rotor schedule resume'] : []), 'rotor rotate', 'rotor schedule show'],
  };
}

function ofRunning({ running }: Standing): Head | null {
  if (!running) return null;
  const title = `A ${running.type} is on its way: ${running.phase}`;
  const isTrying = running.state === 'retrying';
  return {
    tone: isTrying ? 'attention' : 'working',
    title: isTrying ? `${title}, retrying` : title,
    sentences: [running.reason],
    commands: running.commands,
  };
}

function ofLook({ fleet, last }: Standing, now: number): Head | null {
  const { look } = fleet;
  if (look && !look.isStale) return null;
  const title = look ? `Not looked at for ${roughly(now - Date.parse(look.at))}` : 'Not looked at yet';
  const sentences = look
    ? ['What the nodes have is unknown until somebody looks; that is no fault of theirs.']
    : ['No rotation and no `rotor verify` has looked at the nodes yet.'];
  return { tone: 'unknown', title, sentences, commands: ['rotor verify', ...(last ? [] : ['rotor rotate'])] };
}

function ofTimer({ timer, last }: Standing): Head | null {
  if (last?.outcome === 'compensated') {
    const { sentences, next } = explain(last, null);
    return { tone: 'attention', title: 'In sync; the last rotation was put back', sentences, commands: next };
  }
  if (!timer)
    return {
      tone: 'attention',
      title: 'In sync, and nothing rotates by itself',
      sentences: ['The fleet has no timer.'],
      commands: ['rotor schedule set'],
    };
  if (!timer.paused) return null;
  return {
    tone: 'attention',
    title: 'In sync, and the timer is paused',
    sentences: [timer.note ? `“${timer.note}”` : 'Nothing rotates by itself until it is resumed.'],
    commands: ['rotor schedule resume'],
  };
}

function inSync({ fleet }: Standing): Head {
  const { length } = fleet.nodes;
  return {
    tone: 'good',
    title: 'In sync',
    sentences: [
      `${length === 1 ? 'The node has' : `All ${length} nodes have`} the keys that ${length === 1 ? 'it' : 'they'} should have.`,
    ],
    commands: [],
  };
}

/** What can be typed while an operation runs. */
export function commandsFor(
  state: OperationNow['state'],
  answers: readonly string[],
  blocking: readonly Blocking[],
): string[] {
  if (state === 'unknown') return ['rotor worker'];
  if (state !== 'blocked') return ['rotor status --watch'];
  const nodes = [...new Set(blocking.map(({ node }) => node).filter((node) => node !== ''))];
  const remedies = blocking
    .flatMap(({ code, node }) => (node === '' ? [] : remediesFor(code, [node])))
    .filter((command) => !command.startsWith('rotor fence'));
  const fences =
    nodes.length > MOST_FENCES ? ['rotor fence NODE'] : nodes.map((node) => `rotor fence ${node}`);
  const said = (wanted: readonly string[]) =>
    wanted.filter((answer) => answers.includes(answer)).map((answer) => `rotor ${answer}`);
  const first = [...remedies.slice(0, MOST_FENCES), ...said(['retry', 'resume']), ...fences];
  return [...new Set([...first, ...said(['abort', 'pause'])])];
}
