import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { rotationId } from '../../workflows/messages.js';
import { startScene, type Scene } from '../support/scene.js';
import { until } from '../../lab/until.js';

const FLEET = 'temporal-ui';

let scene: Scene;

beforeAll(async () => {
  scene = await startScene(FLEET, { pause: '50ms' });
});
afterAll(() => scene.stop());

interface Metadata {
  readonly currentDetails: string;
}

/** What Temporal's UI asks a workflow for. */
function metadataOf(runId: string): Promise<Metadata> {
  return scene.client.workflow
    .getHandle(rotationId(FLEET), runId)
    .query<Metadata>('__temporal_workflow_metadata');
}

test('a rotation reads like a report in Temporal, and is found by what it was', async () => {
  const { json } = await scene.rotorJson<OperationResult>('rotate', '--reason', 'quarterly audit');
  expect(json).toMatchObject({ outcome: 'completed' });

  const { currentDetails } = await metadataOf(json.runId);
  for (const row of ['| promote | ctl1 |', '| promote | ctl3 |', '| stage | ctl1, ctl2, ctl3 |'])
    expect(currentDetails).toContain(row);

  const handle = scene.client.workflow.getHandle(rotationId(FLEET), json.runId);
  const { memo } = await handle.describe();
  expect(memo).toMatchObject({ reason: 'quarterly audit', outcome: 'completed', primary: json.primary });

  const { events } = await handle.fetchHistory();
  const visits = (events ?? []).filter(({ activityTaskScheduledEventAttributes: scheduled }) =>
    ['surveyNodes', 'placeOnNodes', 'makeKey'].includes(scheduled?.activityType?.name ?? ''),
  );
  const summaries = visits.map(({ userMetadata }) =>
    Buffer.from(userMetadata?.summary?.data ?? []).toString(),
  );
  expect(summaries).toContain('"a look at ctl1, ctl2, ctl3"');
  expect(summaries).toHaveLength(visits.length);
  expect(summaries.every((summary) => summary.length > 2)).toBe(true);

  const query = [
    `RotorFleet = "${FLEET}"`,
    'RotorOutcome = "completed"',
    'RotorPhase = "ended"',
    'RotorSites = "region-two"',
    'RotorReason = "audit"',
    `RotorPrimary = "${json.primary}"`,
  ].join(' AND ');
  await until(async () => {
    const found: string[] = [];
    for await (const { runId } of scene.client.workflow.list({ query })) found.push(runId);
    return found.length === 1 && found[0] === json.runId;
  });
});
