/** A step of the build: writes the workflow bundles beside the compiled code. */
import { writeFile } from 'node:fs/promises';
import { BUNDLE_KINDS, bundleFile, bundleWorkflows } from './bundle.js';

for (const kind of BUNDLE_KINDS) await writeFile(bundleFile(kind), await bundleWorkflows(kind));
