/** Who may ask: no page of another origin reads along, and nothing is written but where it is allowed. */
import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { bareHost, parsedUrl } from '../core/addresses.js';

export interface GuardOptions {
  /** Names under which a reverse proxy, or the machine's name, is asked for; beside addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** The header in which a trusted reverse proxy names who has signed in; null without one. */
  readonly userHeader: string | null;
  /** The one address that may be written to; null without any. */
  readonly writePath: string | null;
}

/** A filter and a search are far shorter. */
const MOST_URL_CHARACTERS = 2_000;

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

export function guard({ hosts, userHeader, writePath }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    const refusal =
      objectionToMethod(context, writePath) ??
      objectionToOrigin(context, hosts) ??
      objectionToUser(context, userHeader);
    if (refusal) context.res = refusal;
    else await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  };
}

export function refused(
  context: Context,
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 414 | 415 | 421 | 500 | 503,
  code: string,
  message: string,
): Response {
  return context.json({ error: { code, message } }, status);
}

function isRead({ req }: Context): boolean {
  return req.method === 'GET' || req.method === 'HEAD';
}

function objectionToMethod(context: Context, writePath: string | null): Response | null {
  const { req } = context;
  const isWritable = req.path === writePath;
  if (isRead(context) ? !isWritable : isWritable && req.method === 'POST') return null;
  context.header('Allow', isWritable ? 'POST' : 'GET, HEAD');
  return isWritable
    ? refused(context, 405, 'write-only', 'this address takes POST')
    : refused(context, 405, 'read-only', 'nothing is changed at this address; use `rotor`');
}

function objectionToOrigin(context: Context, hosts: readonly string[]): Response | null {
  const { req } = context;
  if (req.url.length > MOST_URL_CHARACTERS)
    return refused(context, 414, 'too-long', `an address has at most ${MOST_URL_CHARACTERS} characters`);
  const host = req.header('host') ?? '';
  // A name of somebody else's that was made to lead here (DNS rebinding) is none of ours.
  if (!isOurs(host, hosts))
    return refused(
      context,
      421,
      'host',
      'not served under this name; `rotor dashboard --host NAME` adds one',
    );
  const origin = req.header('origin');
  if (origin !== undefined && !isSameOrigin(origin, host, hosts))
    return refused(context, 403, 'origin', 'pages of another origin may not ask');
  const site = req.header('sec-fetch-site') ?? 'none';
  const isFollowedLink = isRead(context) && req.header('sec-fetch-mode') === 'navigate';
  if (site !== 'same-origin' && site !== 'none' && !isFollowedLink)
    return refused(context, 403, 'origin', 'pages of another origin may not ask');
  return null;
}

/** An address can't be made to lead elsewhere, a name can. */
function isOurs(host: string, hosts: readonly string[]): boolean {
  const name = nameOf(host);
  return name === 'localhost' || isIP(name) !== 0 || hosts.includes(name);
}

function isSameOrigin(origin: string, host: string, hosts: readonly string[]): boolean {
  const from = parsedUrl(origin);
  return from !== null && (from.host === host || hosts.includes(from.hostname));
}

/** Without port and brackets. */
function nameOf(host: string): string {
  return bareHost(parsedUrl(`http://${host}`)?.hostname ?? '');
}

function objectionToUser(context: Context, userHeader: string | null): Response | null {
  if (userHeader === null || userOf(context, userHeader) !== null) return null;
  return refused(context, 401, 'not-signed-in', `the reverse proxy did not say who asks (${userHeader})`);
}

const MOST_USER_CHARACTERS = 200;

export function userOf(context: Context, userHeader: string | null): string | null {
  const user = userHeader === null ? undefined : context.req.header(userHeader);
  return user ? user.slice(0, MOST_USER_CHARACTERS) : null;
}
