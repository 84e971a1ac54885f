/** Looks for keys where none may be: in databases, logs, histories and archives. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_LENGTH } from '../../keys/key.js';
import { formsOf } from './forms.js';
import { Matcher } from './matcher.js';
import { viewsOf } from './views.js';

export interface Leak {
  readonly place: string;
  /** In bytes, of the view in which it was found. */
  readonly offset: number;
  /** Which of the given keys, counted from 0; the key itself is never repeated. */
  readonly key: number;
  /** How the key is written there: `whole, hex`, `first half, raw in gzip`. */
  readonly form: string;
}

/** A place that is searched, by a name for whoever reads of a leak there. */
export interface Place {
  readonly name: string;
  readonly content: Buffer;
  /** What it says is another place's content; here only the bytes are left to be looked at. */
  readonly isRead?: true;
}

/** Every place where a key stands in any form that a program may have given it. */
export function searchForKeys(places: Iterable<Place>, keys: readonly Buffer[]): Leak[] {
  const patterns = keys.flatMap((key, index) =>
    [...formsOf(key)].map(([form, bytes]) => ({ bytes, meaning: { key: index, form } })),
  );
  const matcher = new Matcher(patterns);
  const leaks: Leak[] = [];
  for (const { name: place, content, isRead } of places) {
    for (const view of isRead ? [{ name: '', content }] : viewsOf(content)) {
      for (const { offset, meaning } of matcher.find(view.content)) {
        const form = view.name === '' ? meaning.form : `${meaning.form} in ${view.name}`;
        leaks.push({ place, offset, key: meaning.key, form });
      }
    }
  }
  return leaks;
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
