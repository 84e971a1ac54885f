import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { quietSdk } from '../../lab/quiet-sdk.js';
import { PRESENT_VERSION } from '../support/in-process-worker.js';
import { recordedHistories } from './files.js';
import { nextVersion } from './next-version.js';

const histories = recordedHistories();

beforeAll(quietSdk);

/** The histories that the code does not follow, with the reason. */
async function notFollowed(workflowBundle: WorkflowBundleOption, among = histories): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, workflowId, history } of among) {
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId).catch((error: unknown) =>
      failed.push(`${name}: ${String(error)}`),
    );
  }
  return failed;
}

describe('histories of every release', () => {
  test('there are some of each kind of workflow', () => {
    const types = histories.map(
      ({ history }) => history.events![0]!.workflowExecutionStartedEventAttributes!.workflowType!.name,
    );
    expect(new Set(types)).toEqual(
      new Set([
        ...['rotation', 'reconciliation', 'revocation'],
        ...['fleet', 'trigger', 'verification', 'planning'],
      ]),
    );
  });

  test('are followed by the code of today', async () => {
    expect(await notFollowed(PRESENT_VERSION)).toEqual([]);
  });

  test('are followed by a next version that does more, behind a patch', async () => {
    expect(await notFollowed({ code: await nextVersion({ isPatched: true }) })).toEqual([]);
  });

  test('are not followed by one that does more without a patch, or this test would prove nothing', async () => {
    const code = await nextVersion({ isPatched: false });
    const rotations = histories.filter(({ name }) => name.endsWith('/rotation'));
    expect(await notFollowed({ code }, rotations)).toEqual([expect.stringContaining('Nondeterminism')]);
  });
});
