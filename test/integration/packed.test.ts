import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationResult } from '../../core/rotation.js';
import { projectRoot } from '../../lab/tools.js';
import { startWorker } from '../../lab/worker.js';
import { startScene, type Scene } from '../support/scene.js';

const run = promisify(execFile);

/** Temporal's native library alone is a hundred megabytes for each platform. */
const INSTALL_TIMEOUT_MS = 600_000;

let scene: Scene;
let directory: string;
let prefix: string;
let rotor: string;

beforeAll(async () => {
  scene = await startScene('packed', { pause: '100ms' });
  directory = mkdtempSync(join(tmpdir(), 'rotor-packed-'));
  prefix = join(directory, 'prefix');
  rotor = join(prefix, 'bin/rotor');
  await run('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: projectRoot });
  const options = ['--global', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, join(directory, 'fernet-rotor-0.1.0.tgz')], { cwd: directory });
}, INSTALL_TIMEOUT_MS);
afterAll(async () => {
  await scene.stop();
  rmSync(directory, { recursive: true });
});

test('the packed file, installed globally, runs a whole rotation from an empty folder', async () => {
  const empty = join(directory, 'empty');
  mkdirSync(empty);
  await scene.worker().stop();
  const worker = await startWorker(scene.fleet.config, join(empty, 'worker.log'), { program: rotor });
  try {
    const { stdout } = await run(rotor, ['rotate', '--json', '--config', scene.fleet.config], { cwd: empty });
    expect(JSON.parse(stdout) as OperationResult).toMatchObject({ outcome: 'completed', nodes: 3 });
  } finally {
    await worker.stop();
  }
});

test('it brings its man page, its licence and what is needed to run it as a service, and nothing of the lab', () => {
  const brought = join(prefix, 'lib/node_modules/fernet-rotor');
  expect(existsSync(join(prefix, 'share/man/man1/rotor.1'))).toBe(true);
  for (const file of [
    'LICENSE',
    'packaging/systemd/rotor-worker.service',
    'dist/workflow-bundle.js',
    'dist/dashboard/page/page.js',
  ])
    expect(existsSync(join(brought, file)), file).toBe(true);
  for (const folder of ['dist/lab', 'dist/sim', 'dist/bench', 'dist/demo', 'test'])
    expect(existsSync(join(brought, folder)), folder).toBe(false);
});
