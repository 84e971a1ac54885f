import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SceneNode } from '../../faults/scene.js';
import { watchInvariants, type Watch } from '../../faults/watch.js';
import { encodeKey } from '../../keys/key.js';
import { KeyRing } from '../nodes/repository.js';
import { until } from '../../lab/until.js';

/** What the watch has to see in directories, for a suite whose watch sees nothing passes always. */
let directory: string;
let keys: KeyRing;
let watch: Watch;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-watch-'));
  keys = new KeyRing();
  for (const name of ['ctl1', 'ctl2']) {
    mkdirSync(join(directory, name));
    for (const [index, letter] of ['S', 'P'].entries()) write(name, `${index}`, letter);
  }
  watch = watchInvariants({ nodes: nodes(), spoilt: [], retentionMs: 60_000 });
});
afterEach(() => rmSync(directory, { recursive: true }));

const nodes = () =>
  ['ctl1', 'ctl2'].map((name) => ({ name, repository: join(directory, name) }) as SceneNode);

/** As rotor does it: no reader sees a part of it. */
function write(node: string, index: string, letter: string): void {
  const staged = join(directory, `${node}-staged`);
  writeFileSync(staged, encodeKey(keys.of(letter)), { mode: 0o600 });
  renameSync(staged, join(directory, node, index));
}

async function looksTaken(): Promise<void> {
  const enough = watch.looks + 2;
  await until(() => watch.looks >= enough);
}

test('a fleet in sync, and one whose standby is promoted node by node, breaks nothing', async () => {
  await looksTaken();
  write('ctl1', '2', 'S');
  await looksTaken();
  write('ctl2', '2', 'S');
  await looksTaken();
  expect(await watch.stop()).toEqual([]);
});

test('a primary that another node lacks is seen', async () => {
  await looksTaken();
  write('ctl1', '2', 'N');
  await looksTaken();
  expect(await watch.stop()).toEqual([
    `I1, I2: ctl2 lacks ${keys.fingerprint('N')}, which makes or made tokens`,
  ]);
});

test('an old primary that is overwritten within the life of its tokens is seen', async () => {
  await looksTaken();
  for (const name of ['ctl1', 'ctl2']) write(name, '2', 'S');
  await looksTaken();
  write('ctl1', '1', 'N');
  await looksTaken();
  expect(await watch.stop()).toEqual([
    `I1, I2: ctl1 lacks ${keys.fingerprint('P')}, which makes or made tokens`,
  ]);
});

test('a primary that comes again is seen', async () => {
  await looksTaken();
  write('ctl1', '2', 'S');
  await looksTaken();
  write('ctl1', '3', 'P');
  await looksTaken();
  expect(await watch.stop()).toEqual([`I4: ctl1 went back to ${keys.fingerprint('P')}`]);
});

test('a file that is no key is seen', async () => {
  writeFileSync(join(directory, 'ctl2', '0.tmp'), '');
  await looksTaken();
  expect(await watch.stop()).toEqual(['I5: ctl2 has a file 0.tmp that is no proper key']);
});
