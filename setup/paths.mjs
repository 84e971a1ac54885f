/** Where the setup works: the checkout, and the folder of tools that belong to it alone. */
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));
export const toolsDirectory = `${projectRoot}.tools`;
