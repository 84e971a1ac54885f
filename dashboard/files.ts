/** The page's files, read once: no address leads to any other file. */
import { existsSync, readFileSync } from 'node:fs';

export interface PageFile {
  readonly type: string;
  readonly content: string;
}

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** By their names. Built beside the compiled code, so a checkout's sources look there too. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const [beside, built] = ['./page/', '../dist/dashboard/page/'].map(
    (path) => new URL(path, import.meta.url),
  );
  const folder = existsSync(new URL('page.js', beside)) ? beside : built;
  return new Map(
    Object.entries(FILES).map(([name, type]) => [
      name,
      { type, content: readFileSync(new URL(name, folder), 'utf8') },
    ]),
  );
}
