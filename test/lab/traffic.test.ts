import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFleet, type Fleet } from '../../lab/fleet.js';
import { rotateByHand, serverErrorsOf } from '../../lab/keystone.js';
import { startTraffic } from '../../lab/traffic.js';

const directory = mkdtempSync(join(tmpdir(), 'rotor-traffic-'));
let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ directory, temporalAddress: '127.0.0.1:1' });
}, 60_000);

afterAll(async () => {
  await fleet?.stop();
  rmSync(directory, { recursive: true });
});

async function trafficFor(milliseconds: number) {
  const traffic = startTraffic({ nodes: fleet.nodes, admin: fleet.admin });
  await sleep(milliseconds);
  return traffic.stop();
}

describe('token traffic on three nodes', () => {
  it('fails nowhere while the keys are equal', async () => {
    const counts = await trafficFor(3_000);

    expect(counts).toMatchObject({ failedValidations: 0, serverErrors: 0, failures: [] });
    expect(counts.tokensIssued).toBeGreaterThan(10);
    expect(counts.validations).toBeGreaterThan(3 * counts.tokensIssued);
  }, 30_000);

  it('counts a failure when a node alone rotates beyond the others', async () => {
    const [first, second] = fleet.nodes;
    cpSync(first!.repository, join(directory, 'saved'), { recursive: true });
    // The first promotes the staged key that all have; only the second rotation brings a key that no other node has.
    await rotateByHand(first!);
    await rotateByHand(first!);

    const counts = await trafficFor(3_000);

    expect(counts.failedValidations).toBeGreaterThan(0);
    expect(counts.failures.join('\n')).toMatch(`${second!.name}: token issued on ${first!.name}, status 401`);
    rmSync(first!.repository, { recursive: true });
    cpSync(join(directory, 'saved'), first!.repository, { recursive: true });
  }, 30_000);

  it('counts a node that has no key at all as a server error', async () => {
    const third = fleet.nodes[2]!;
    rmSync(third.repository, { recursive: true });

    const counts = await trafficFor(1_000);

    expect(counts.serverErrors).toBeGreaterThan(0);
    expect(serverErrorsOf(third)).toBeGreaterThan(0);
    cpSync(fleet.nodes[0]!.repository, third.repository, { recursive: true });
  }, 30_000);
});
