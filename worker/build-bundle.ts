/** A step of the build: writes the workflow bundle beside the compiled code. */
import { writeFile } from 'node:fs/promises';
import { BUNDLE_FILE, bundleWorkflows } from './bundle.js';

await writeFile(BUNDLE_FILE, await bundleWorkflows());
