/** What is recorded: each leaves the histories of one kind of workflow. They build on each other, in this order. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import type { Progress } from '../../core/rotation.js';
import type { Fleet } from '../../lab/fleet.js';
import { runRotor } from '../../lab/worker.js';
import { fleetId, rotationId, triggerId } from '../../workflows/messages.js';
import { until } from '../../lab/until.js';
import type { History, Recorded } from './files.js';

export interface Stage {
  readonly fleet: Fleet;
  readonly client: Client;
  /** Of the fleet. */
  readonly name: string;
}

export interface Scenario {
  readonly name: string;
  readonly play: (stage: Stage) => Promise<Recorded[]>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'rotation',
    play: (stage) => operation(stage, 'completed', ['rotate']),
  },
  {
    name: 'rotation-that-waited',
    play: async (stage) => {
      const away = stage.fleet.nodes[2]!;
      await away.sshd.stop();
      await rotor(stage, 'rotate', '--no-wait');
      await until(async () => (await progress(stage)).outcome === 'blocked');
      await rotor(stage, 'pause');
      await until(async () => (await progress(stage)).reason === 'paused by an operator');
      await rotor(stage, 'resume');
      await away.sshd.start();
      await rotor(stage, 'retry');
      await ends(stage, 'completed');
      return last(stage);
    },
  },
  {
    name: 'rotation-compensated',
    play: async (stage) => {
      const away = stage.fleet.nodes[2]!;
      const configuration = readFileSync(stage.fleet.config, 'utf8');
      writeFileSync(stage.fleet.config, configuration.replace('rotation:', 'rotation:\n  waitForNode: 2s'));
      await rotor(stage, 'rotate', '--no-wait');
      await reaches(stage, 'distribute');
      await away.sshd.stop();
      await ends(stage, 'compensated');
      await away.sshd.start();
      writeFileSync(stage.fleet.config, configuration);
      return last(stage);
    },
  },
  {
    name: 'rotation-aborted-after-promotion',
    play: async (stage) => {
      const away = stage.fleet.nodes[2]!;
      await rotor(stage, 'rotate', '--no-wait');
      await reaches(stage, 'promote');
      await away.sshd.stop();
      await until(async () => (await progress(stage)).outcome === 'blocked');
      await rotor(stage, 'abort', '--yes');
      await until(async () => (await progress(stage)).phase === 'compensate');
      await away.sshd.start();
      await ends(stage, 'aborted');
      return last(stage);
    },
  },
  {
    name: 'rotation-failed',
    play: async (stage) => {
      wipe(stage, 1);
      return operation(stage, 'failed', ['rotate']);
    },
  },
  {
    name: 'reconciliation',
    play: (stage) => operation(stage, 'completed', ['reconcile', '--yes']),
  },
  {
    name: 'trigger',
    play: async (stage) => {
      await rotor(stage, 'schedule', 'set');
      await rotor(stage, 'schedule', 'trigger');
      const query = `WorkflowId STARTS_WITH '${triggerId(stage.name)}' AND ExecutionStatus = 'Completed'`;
      await until(async () => (await histories(stage, query)).length > 0);
      await rotor(stage, 'schedule', 'remove', '--yes');
      return histories(stage, query);
    },
  },
  {
    name: 'revocation',
    play: (stage) => operation(stage, 'completed', ['revoke', '--reason', 'recorded', '--yes']),
  },
  {
    name: 'verification',
    play: async (stage) => {
      await rotor(stage, 'verify');
      return (await histories(stage, `WorkflowType = 'verification'`)).slice(-1);
    },
  },
  {
    name: 'planning',
    play: async (stage) => {
      await rotor(stage, 'plan');
      return (await histories(stage, `WorkflowType = 'planning'`)).slice(-1);
    },
  },
  {
    name: 'fleet',
    play: async (stage) => {
      await rotor(stage, 'fence', stage.fleet.nodes[0]!.name, '--yes');
      const runs = await histories(stage, `WorkflowId = '${fleetId(stage.name)}'`);
      // The first one, which was gone on with in a new one; one from the middle; and the one that is open.
      return [runs[0]!, runs[1]!, runs.at(-1)!];
    },
  },
];

async function rotor({ fleet }: Stage, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runRotor([...args, '--config', fleet.config]);
  if (code === 2 || /no-worker|internal/.test(stderr)) throw new Error(`rotor ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function operation(stage: Stage, outcome: string, args: string[]): Promise<Recorded[]> {
  await rotor(stage, ...args);
  await ends(stage, outcome);
  return last(stage);
}

function progress({ client, name }: Stage): Promise<Progress> {
  return client.workflow.getHandle(rotationId(name)).query<Progress>('progress');
}

async function reaches(stage: Stage, phase: string): Promise<void> {
  await until(async () => (await progress(stage)).steps.some((step) => step.phase === phase));
}

async function ends(stage: Stage, outcome: string): Promise<void> {
  const { client, name } = stage;
  const description = () => client.workflow.getHandle(rotationId(name)).describe();
  await until(async () => (await description()).status.name !== 'RUNNING', 120_000);
  const end = (await progress(stage)).outcome;
  if (end !== outcome) throw new Error(`it ended as ${end}, not ${outcome}`);
}

/** Of the operation that ran last, with every history in which it was gone on with. */
async function last(stage: Stage): Promise<Recorded[]> {
  const all = await histories(stage, `WorkflowId = '${rotationId(stage.name)}'`);
  const first = all.findLastIndex(({ history }) => !isContinuation(history));
  return all.slice(first);
}

function isContinuation({ events }: History): boolean {
  return Boolean(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId);
}

/** The oldest first. */
async function histories({ client }: Stage, query: string): Promise<Recorded[]> {
  const found: (Recorded & { startedAt: number })[] = [];
  for await (const { workflowId, runId, startTime } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    found.push({ workflowId, history, startedAt: startTime.getTime() });
  }
  return found
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ workflowId, history }) => ({ workflowId, history }));
}

function wipe({ fleet }: Stage, index: number): void {
  const { repository } = fleet.nodes[index]!;
  rmSync(repository, { recursive: true });
  mkdirSync(repository, { mode: 0o700 });
}
