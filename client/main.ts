#!/usr/bin/env node
import { run } from './cli.js';
import { processIo } from './output.js';

/** Whoever reads our output may stop reading: `rotor verify | head -1`. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processIo);
