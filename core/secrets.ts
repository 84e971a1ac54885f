/**
 * Recognizes what may be key material in a text that somebody else wrote, before it is repeated in a message. Structure comes
 * first: no code puts a secret into a message. This is for a secret that stands where none belongs, such as a key as the name of
 * a file or of a node.
 */

/** Everything that hex, either base64, and percent escapes are written with; a long run of it, or pieces of one. */
const RUN = /[A-Za-z0-9+/_=%-]{8,}(?:\s+[A-Za-z0-9+/_=%-]{8,})+|[A-Za-z0-9+/_=%-]{20,}/g;
const SEPARATOR = /[+/_=%\s-]+/;
/** A word as people name things: `ctl1`, `Region`, `OS_CLOUD`. */
const WORD = /^(?:[A-Za-z]?[a-z]*|[A-Z]+)\d{0,4}$/;
/** Names of runs, and of machines. */
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
/** Half a key, which is a secret as well, has 16 bytes: 22 letters of base64. Names of temporary folders have six such letters. */
const MOST_UNREADABLE = 12;

/** Words with characters that no text has: bytes that were taken for one. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const NO_TEXT = /[^\s]*[\u0000-\u0008\u000e-\u001f\u007f-\u009f][^\s]*/g;

const SHOWN_INSTEAD = '…';

/** The text with everything left out that may be a key. */
export function withoutSecrets(text: string): string {
  return text.replace(NO_TEXT, SHOWN_INSTEAD).replace(RUN, (run) => {
    if (unreadableIn(run) <= MOST_UNREADABLE) return run;
    const words = run.split(/(\s+)/);
    return words.map((word) => (unreadableIn(word) > 0 ? SHOWN_INSTEAD : word)).join('');
  });
}

/** A name that somebody else gave to something; left out as a whole when it may be a key, also one that is broken into lines. */
export function shownName(name: string): string {
  return mayBeSecret(name) ? SHOWN_INSTEAD : name;
}

export function mayBeSecret(text: string): boolean {
  const joined = text.replace(/\s+/g, '');
  return withoutSecrets(joined) !== joined;
}

/** How many letters are in words that nobody would write. */
function unreadableIn(run: string): number {
  const words = run.replace(UUID, '').split(SEPARATOR);
  return words.filter((word) => !WORD.test(word)).join('').length;
}
