/** Keys that are planted in inputs, in the forms that a program or a person may have written them. */
import { createHash } from 'node:crypto';
import { formsOf } from '../lab/leaks/forms.js';
import { Matcher } from '../lab/leaks/matcher.js';
import { viewsOf } from '../lab/leaks/views.js';

export const PLANTED_KEYS: readonly Buffer[] = ['one', 'two', 'three'].map((name) =>
  createHash('sha256').update(`a key for fuzzing, ${name}`).digest(),
);

/** As Keystone writes it. */
export const PLANTED_TEXT = `${PLANTED_KEYS[0]!.toString('base64url')}=`;

/** What is inserted into inputs. */
export const PLANTED_FORMS: readonly Buffer[] = PLANTED_KEYS.flatMap((key) => {
  const text = key.toString('base64');
  return [
    key,
    ...[
      `${key.toString('base64url')}=`,
      text,
      key.toString('hex'),
      key.toString('hex').toUpperCase(),
      key.subarray(0, 16).toString('base64url'),
      encodeURIComponent(text),
      text.replaceAll('/', '\\/'),
      text.replace(/.{16}/g, '$&\n'),
    ].map((form) => Buffer.from(form, 'latin1')),
    Buffer.from(text, 'utf16le'),
  ];
});

const matcher = new Matcher(
  PLANTED_KEYS.flatMap((key) => [...formsOf(key)].map(([form, bytes]) => ({ bytes, meaning: form }))),
);

/** In which form a planted key stands in a text; null where none does. */
export function plantedIn(text: string): string | null {
  for (const encoding of ['utf8', 'latin1'] as const) {
    for (const view of viewsOf(Buffer.from(text, encoding))) {
      const [found] = matcher.find(view.content);
      if (found) return view.name === '' ? found.meaning : `${found.meaning} in ${view.name}`;
    }
  }
  return null;
}
