/** `npm run bench:scale`: one rotation of many nodes over real SSH, beside the least that it could take. See `--help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { atLeast, sayAs } from './options.js';
import { reportOf, renderReport } from './scale/report.js';
import { runScale } from './scale/scale.js';

interface Options {
  readonly nodes: number;
  readonly sites?: number;
  readonly runs: number;
  readonly pause: number;
  readonly connections: number;
  readonly peerNodes: number;
  readonly unruly: number;
  readonly json: boolean;
}

/** Nodes of a site when nothing else is said. */
const NODES_A_SITE = 50;

/** Others take minutes for as many. */
const MOST_PEER_NODES = 100;

const options = new Command('npm run bench:scale --')
  .description(
    'rotates simulated nodes behind real sshds, and does the same file operations with plain ssh2, in turns',
  )
  .option('--nodes <n>', 'nodes', atLeast(1), 1000)
  .option('--sites <n>', `sites; default: one for ${NODES_A_SITE} nodes`, atLeast(1))
  .option('--runs <n>', 'runs of each', atLeast(1), 5)
  .option('--pause <ms>', "rotor's pause after each file operation", atLeast(10), 100)
  .option(
    '--connections <n>',
    'SSH connections at the same time, of rotor and of the floor',
    atLeast(1),
    4000,
  )
  .option(
    '--peer-nodes <n>',
    'nodes that others rotate as well, in their ways; 0 for none',
    atLeast(0),
    MOST_PEER_NODES,
  )
  .option(
    '--unruly <percent>',
    'of the nodes, so many lose their connections and as many hang, in runs of their own, to see what the others lose by it',
    atLeast(0),
    0,
  )
  .option('--json', 'print the result as JSON, as the last line', false)
  .parse()
  .opts<Options>();

const directory = mkdtempSync(join(tmpdir(), 'rotor-scale-'));
try {
  const {
    nodes,
    sites = Math.ceil(nodes / NODES_A_SITE),
    pause,
    json,
    unruly: unrulyPercent,
    ...rest
  } = options;
  const result = await runScale({
    directory,
    nodes,
    sites,
    pauseMs: pause,
    unrulyPercent,
    say: sayAs('scale'),
    ...rest,
  });
  const report = reportOf(result, { nodes, sites });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : renderReport(report));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
