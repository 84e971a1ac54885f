/** A step of the build: the page as static files beside the compiled code; nothing of it comes from elsewhere. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sources = fileURLToPath(new URL('../../dashboard/page/', import.meta.url));
const built = fileURLToPath(new URL('./page/', import.meta.url));

mkdirSync(built, { recursive: true });
await build({
  entryPoints: [`${sources}main.tsx`],
  outfile: `${built}page.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
});
await build({
  entryPoints: [`${sources}page.css`],
  outfile: `${built}page.css`,
  minify: true,
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) copyFileSync(`${sources}${name}`, `${built}${name}`);
