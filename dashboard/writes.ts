/** What may be said to a fleet from here, by whoever knows the token. Without one nothing of this is served. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { refused, userOf } from './guard.js';
import { word, type Said, type Word } from './schemas.js';

/** Below the base path: the one address that changes anything. */
export const WRITE_PATH = '/api/say';

export interface Writes {
  readonly token: string;
  /** Its second argument is who says it, for the record; null when nobody is known. */
  readonly say: (word: Word, by: string | null) => Promise<Said | Refusal>;
}

/** Of the operation, or of the fleet: it can't be followed now. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** A word and a reason are far shorter. */
const MOST_BODY_BYTES = 4_096;

export function declareWrites(app: Hono, { token, say }: Writes, userHeader: string | null): void {
  const isToken = tokenTest(token);
  app.post(
    WRITE_PATH,
    async (context, next) => {
      if (isJson(context)) return next();
      return refused(context, 415, 'content-type', 'expected application/json');
    },
    // Before the body, so that nobody without it is read any further.
    async (context, next) => {
      if (isToken(context.req.header('authorization'))) return next();
      context.header('WWW-Authenticate', 'Bearer realm="rotor"');
      return refused(
        context,
        401,
        'token',
        'no token, or a wrong one; it is the one in the file of --write-token-file',
      );
    },
    bodyLimit({
      maxSize: MOST_BODY_BYTES,
      onError: (context) => refused(context, 413, 'too-long', `at most ${MOST_BODY_BYTES} bytes are taken`),
    }),
    async (context) => {
      const asked = await wordOf(context);
      if (asked === null)
        return refused(
          context,
          400,
          'word',
          'expected {"say": "retry", "pause", "resume" or "abort"} or {"say": "rotate", "reason": TEXT}',
        );
      const answer = await say(asked, userOf(context, userHeader));
      if ('code' in answer) return refused(context, 409, answer.code, answer.message);
      return context.json(answer satisfies Said);
    },
  );
}

/** A page of another origin can't send this type without being asked first, which is refused. */
function isJson(context: Context): boolean {
  return /^application\/json *(;|$)/i.test(context.req.header('content-type') ?? '');
}

async function wordOf(context: Context): Promise<Word | null> {
  const body: unknown = await context.req.json().catch(() => null);
  const { success, data } = word.safeParse(body);
  return success ? data : null;
}

/** Takes as long for a token that is nearly right as for any other. */
function tokenTest(token: string): (authorization: string | undefined) => boolean {
  const expected = digestOf(`Bearer ${token}`);
  return (authorization) => timingSafeEqual(digestOf(authorization ?? ''), expected);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
