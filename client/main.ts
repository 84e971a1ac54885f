#!/usr/bin/env node
import { run } from './cli.js';
import { processIo } from './output.js';

/** Whoever reads our output may stop reading: `rotor verify | head -1`. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// At once: the SDK repeats a question that was lost even after its connection was closed, and then throws from a timer.
process.exit(await run(process.argv.slice(2), processIo));
