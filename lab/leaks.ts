/** Looks for keys where none may be: in databases, logs, histories and archives. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_LENGTH } from '../keys/key.js';

export interface Leak {
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  /** Which of the given keys, counted from 0; the key itself is never repeated. */
  readonly key: number;
  /** How the key is written there. */
  readonly form: string;
}

/**
 * Every place where a key stands in any form that a program may have given it. Only the files named are read: a SQLite
 * database keeps what is new in its `-wal` file, which has to be among them.
 */
export function searchForKeys(files: readonly string[], keys: readonly Buffer[]): Leak[] {
  const forms = keys.flatMap((key, index) =>
    [...formsOf(key)].map(([form, bytes]) => ({ key: index, form, bytes })),
  );
  return files.flatMap((file) => {
    const content = readFileSync(file);
    return forms.flatMap(({ key, form, bytes }) =>
      offsetsOf(content, bytes).map((offset) => ({ file, offset, key, form })),
    );
  });
}

/** The decoded keys of a key repository; empty when it is not there. */
export function keysIn(repository: string): Buffer[] {
  if (!existsSync(repository)) return [];
  const names = readdirSync(repository).filter((name) => /^\d+$/.test(name));
  const contents = names.map((name) =>
    Buffer.from(readFileSync(join(repository, name), 'latin1').trim(), 'base64url'),
  );
  // A test may have put something else there.
  return contents.filter((key) => key.length === KEY_LENGTH);
}

/** A Fernet key is two keys of 16 bytes, for signing and for encrypting; each alone is a secret as well. */
function formsOf(key: Buffer): Map<string, Buffer> {
  const parts = { whole: key, 'first half': key.subarray(0, 16), 'second half': key.subarray(16) };
  const forms = new Map<string, Buffer>();
  for (const [name, part] of Object.entries(parts)) {
    for (const [encoding, bytes] of encodingsOf(part)) forms.set(`${name}, ${encoding}`, bytes);
  }
  forms.set('whole, UTF-16 of base64url', Buffer.from(key.toString('base64url'), 'utf16le'));
  return forms;
}

/** Without padding, so that both habits are found; where both alphabets give the same text, it is one form. */
function encodingsOf(part: Buffer): [string, Buffer][] {
  const urlSafe = part.toString('base64url');
  const plain = part.toString('base64').replace(/=+$/, '');
  const hex = part.toString('hex');
  const texts: [string, string][] = [
    ['base64url', urlSafe],
    ['hex', hex],
    ['upper-case hex', hex.toUpperCase()],
  ];
  if (plain !== urlSafe) texts.push(['base64', plain]);
  return [
    ['raw', part],
    ...texts.map(([name, text]): [string, Buffer] => [name, Buffer.from(text, 'latin1')]),
  ];
}

function offsetsOf(content: Buffer, bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = content.indexOf(bytes); at >= 0; at = content.indexOf(bytes, at + 1)) offsets.push(at);
  return offsets;
}
