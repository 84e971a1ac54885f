/** `npm run demo`: a real rotation on this machine, from nothing. See `--help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runDemo, type DemoOptions } from './demo.js';

const options = new Command('npm run demo --')
  .description('three real Keystone nodes in two regions, a Temporal server, token traffic, and a rotation')
  .option('--once', 'end after the rotations instead of staying up until Ctrl-C', false)
  .option('--rotations <n>', 'how many rotations', positiveInteger, 1)
  .option('--json', 'print the summary as JSON, as the last line', false)
  .parse()
  .opts<Omit<DemoOptions, 'directory'>>();

const directory = mkdtempSync(join(tmpdir(), 'rotor-demo-'));
try {
  process.exitCode = await runDemo({ ...options, directory });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number from 1 up is expected');
  return value;
}
