/** A step of the build: writes the man page into `man/`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { manPage } from './man-page.js';
import { createProgram } from './program.js';

const directory = fileURLToPath(new URL('../../man/', import.meta.url));
const nowhere = { io: { out: () => {}, err: () => {}, isTerminal: false }, end: () => {} };

await mkdir(directory, { recursive: true });
await writeFile(`${directory}rotor.1`, manPage(createProgram(nowhere)));
