import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { rotationId, type FleetState } from '../../workflows/messages.js';
import { chmodSync, renameSync } from 'node:fs';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'timer';

interface Shown {
  paused: boolean;
  note: string | null;
  intervals: string[];
  nextRuns: string[];
  recentRuns: { workflowId: string; runId: string }[];
}

let scene: Scene;

beforeAll(async () => {
  scene = await startScene(FLEET, { pause: '100ms' });
});
afterAll(async () => {
  await scene.rotor('schedule', 'remove', '--yes');
  await scene.stop();
});

const schedule = async (...args: string[]) => (await scene.rotorJson<Shown>('schedule', ...args)).json;

async function lastRotation(): Promise<OperationResult | null> {
  const state = await scene.client.workflow.getHandle(`fleet/${FLEET}`).query<FleetState>('state');
  return state.lastRotation;
}

/** Every run that the timer started has ended. */
async function runsEnded(): Promise<void> {
  await until(async () => {
    const { recentRuns } = await schedule('show');
    const states = await Promise.all(
      recentRuns.map(({ workflowId, runId }) =>
        scene.client.workflow.getHandle(workflowId, runId).describe(),
      ),
    );
    return states.length > 0 && states.every(({ status }) => status.name !== 'RUNNING');
  });
}

describe('the timer', () => {
  test('without a timer, every command but `set` says how to make one', async () => {
    const { code, stderr } = await scene.rotor('schedule', 'show');
    expect(code).toBe(1);
    expect(stderr).toContain('rotor schedule set');
  });

  test('takes its interval from the configuration, and any other; setting again changes it in place', async () => {
    expect((await schedule('set')).intervals).toEqual(['2d2h']);
    const shown = await schedule('set', '--every', '24h30m');
    expect(shown.intervals).toEqual(['1d30m']);
    expect(shown.nextRuns).toHaveLength(10);
    const first = Date.parse(shown.nextRuns[0]!) - Date.now();
    expect(Math.abs(first - 24.5 * 3_600_000)).toBeLessThan(60_000);
    const runs = shown.nextRuns.map((run) => Date.parse(run));
    expect(new Set(runs.slice(1).map((run, i) => run - runs[i]!))).toEqual(new Set([24.5 * 3_600_000]));
    expect(
      (await schedule('set', '--cron', '30 3 * * mon', '--timezone', 'Europe/Berlin')).nextRuns,
    ).toHaveLength(10);
    expect((await schedule('set', '--calendar', 'mon,thu 03:30')).nextRuns[0]).toMatch(/T03:30:00/);
  });

  test('pauses and resumes, with the reason shown', async () => {
    expect(await schedule('pause', '--note', 'upgrade')).toMatchObject({ paused: true, note: 'upgrade' });
    expect(await schedule('resume')).toMatchObject({ paused: false });
  });

  test('a run by the timer is a rotation, and a second one beside it is refused with the first one’s ID', async () => {
    await schedule('trigger');
    await until(
      async () =>
        (await scene.client.workflow.getHandle(rotationId(FLEET)).describe()).status.name === 'RUNNING',
    );
    const { code, stderr } = await scene.rotor('rotate');
    expect(code).toBe(1);
    expect(stderr).toContain(rotationId(FLEET));
    await runsEnded();
    expect(await lastRotation()).toMatchObject({ outcome: 'completed' });
  });

  test('a run of the timer beside a rotation by hand is skipped, not failed', async () => {
    const byHand = scene.rotorJson<OperationResult>('rotate');
    await until(
      async () =>
        (await scene.client.workflow.getHandle(rotationId(FLEET)).describe()).status.name === 'RUNNING',
    );
    await schedule('trigger');
    await runsEnded();
    expect((await byHand).json.outcome).toBe('completed');
    expect((await schedule('show')).paused).toBe(false);
  });

  test('only a rotation that failed pauses the timer', async () => {
    const { repository } = scene.fleet.nodes[2]!;
    renameSync(repository, `${repository}.away`);
    await schedule('trigger');
    await until(async () => (await schedule('show')).paused);
    expect(await lastRotation()).toMatchObject({ outcome: 'failed', error: { code: 'no-repository' } });
    renameSync(`${repository}.away`, repository);
    chmodSync(repository, 0o700);
    expect(await schedule('resume')).toMatchObject({ paused: false });
  });
});
