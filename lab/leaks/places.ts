/** Where keys are looked for: files, and what a database says that its file alone would not show. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKeystonePython } from '../keystone.js';
import type { Place } from './search.js';

/**
 * All files under these paths, but nothing under the excepted ones.
 *
 * @param except absolute paths
 */
export function* filesUnder(paths: readonly string[], except: readonly string[] = []): Generator<Place> {
  for (const path of paths) {
    if (except.includes(path) || !existsSync(path)) continue;
    const status = statSync(path);
    if (status.isDirectory())
      yield* filesUnder(
        readdirSync(path).map((name) => join(path, name)),
        except,
      );
    else if (status.isFile()) yield { name: path, content: readFileSync(path) };
  }
}

/** What a server answers at these addresses, whatever its status. */
export async function answersOf(base: string, addresses: readonly string[]): Promise<Place[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const response = await fetch(`${base}${address}`);
      return { name: `${base}${address}`, content: Buffer.from(await response.arrayBuffer()) };
    }),
  );
}

/**
 * An SQLite database: its files, with pages that were freed, and every value of every row, because a long one is cut into
 * pages.
 */
export async function database(file: string): Promise<Place[]> {
  const pages = [...filesUnder([file, `${file}-wal`, `${file}-journal`])];
  return [
    ...pages.map((place) => ({ ...place, isRead: true as const })),
    { name: `${file}, rows`, content: await rowsOf(file) },
  ];
}

/** What servers say to whoever asks: metrics, a page. */
export function answers(urls: readonly string[]): Promise<Place[]> {
  return Promise.all(
    urls.map(async (name) => {
      const response = await fetch(name);
      const headers = [...response.headers].map((header) => header.join(': ')).join('\n');
      return {
        name,
        content: Buffer.concat([Buffer.from(headers), Buffer.from(await response.arrayBuffer())]),
      };
    }),
  );
}

/** Every payload and text in events of a history, as their bytes. */
export function historyEvents(name: string, events: unknown): Place {
  return { name, content: Buffer.concat(bytesIn(events).flatMap((bytes) => [bytes, Buffer.of(0)])) };
}

function bytesIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value === 'string') return [Buffer.from(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(bytesIn) : [];
}

/** Values as they are, each followed by a zero byte. */
const DUMP = `
import sqlite3, sys
connection = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
connection.text_factory = bytes
with open(sys.argv[2], 'wb') as out:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in connection.execute('SELECT * FROM "' + table.decode() + '"'):
            for value in row:
                if isinstance(value, bytes):
                    out.write(value + b'\\0')
`;

async function rowsOf(file: string): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-rows-'));
  try {
    const out = join(directory, 'rows');
    await runKeystonePython(DUMP, [file, out]);
    return readFileSync(out);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
