/** `npm run bench:dashboard`: what a large fleet and a long history cost the page. See `--help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { measure, type Figures } from './dashboard/measure.js';
import { sayAs } from './options.js';

const options = new Command('npm run bench:dashboard --')
  .description(
    'opens a history and a fleet of these sizes in Chromium beside a running Temporal server, and says what it took',
  )
  .option('--events <n>', 'of the history', Number, 20_000)
  .option('--nodes <n>', 'of the fleet', Number, 3_000)
  .option('--json', 'print the figures as JSON, as the last line', false)
  .parse()
  .opts<{ events: number; nodes: number; json: boolean }>();

const directory = mkdtempSync(join(tmpdir(), 'rotor-dashboard-'));
try {
  const figures = await measure({ ...options, directory, say: sayAs('bench') });
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : textOf(figures));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function textOf(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(24)} ${JSON.stringify(value)}\n`)
    .join('');
}
