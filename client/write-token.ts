/** The token without which a dashboard takes no word. */
import { readFile, stat } from 'node:fs/promises';
import { usageError } from './errors.js';

const OTHERS = 0o077;
/** RFC 6750, 2.1; long enough that nobody guesses it. */
const TOKEN = /^[A-Za-z0-9._~+/-]{32,}=*$/;

/** @throws UserError (usage) when it can't be read, others may read it, or it is no token */
export async function readToken(file: string): Promise<string> {
  const refuse = (what: string) => usageError(`--write-token-file: ${file} ${what}`);
  const text = await readFile(file, 'latin1').catch(() => {
    throw refuse("can't be read");
  });
  if (((await stat(file)).mode & OTHERS) !== 0) throw refuse('may be read by others; chmod 600');
  const token = text.trim();
  if (TOKEN.test(token)) return token;
  throw refuse('has no token of 32 letters, digits or -._~+/ and more; `openssl rand -hex 32` makes one');
}
