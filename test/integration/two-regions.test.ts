import { cpSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { rotateByHand } from '../../lab/keystone.js';
import { issueToken, validateToken } from '../../lab/traffic.js';
import { startScene, type Scene } from '../support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await startScene('two-regions', {
    nodes: [
      { name: 'one', region: 'region-one' },
      { name: 'two', region: 'region-two' },
    ],
  });
});
afterAll(() => scene.stop());

/** What each region says of a token, asked with a token of its own. */
async function answers(token: string): Promise<Record<string, number>> {
  const statuses = await Promise.all(
    scene.fleet.nodes.map(async ({ name, url }) => {
      const auth = await issueToken(url, scene.fleet.admin);
      return [name, await validateToken(url, auth, token)] as const;
    }),
  );
  return Object.fromEntries(statuses);
}

function newToken(): Promise<string> {
  return issueToken(scene.fleet.nodes[0]!.url, scene.fleet.admin);
}

describe('two regions, one token (max_active_keys = 3)', () => {
  test('with keystone-manage alone the second rotation in one region kills the token there', async () => {
    const [one, two] = scene.fleet.nodes;
    const token = await newToken();
    expect(await answers(token), 'the same repository').toEqual({ one: 200, two: 200 });
    await rotateByHand(one!);
    expect(await answers(token), 'one rotation without sync').toEqual({ one: 200, two: 200 });
    await rotateByHand(one!);
    expect(await answers(token), 'a second rotation without sync').toEqual({ one: 404, two: 200 });

    rmSync(one!.repository, { recursive: true });
    cpSync(two!.repository, one!.repository, { recursive: true });
  });

  test('with `rotor rotate` in place of each, every token stays valid in both regions', async () => {
    const tokens = [await newToken()];
    expect(await answers(tokens[0]!)).toEqual({ one: 200, two: 200 });
    for (let rotation = 1; rotation <= 2; rotation++) {
      const { json } = await scene.rotorJson<OperationResult>('rotate');
      expect(json.outcome).toBe('completed');
      tokens.push(await newToken());
      for (const token of tokens) expect(await answers(token)).toEqual({ one: 200, two: 200 });
    }
  });
});
