/** Keystone's token API, as a service uses it. */
import type { Admin } from './keystone-template.js';

const TIMEOUT_MS = 30_000;

export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Keystone said no; the status is all that may be known of it. */
export class TokenRefused extends Error {
  constructor(readonly status: number) {
    super(`the token was not issued: status ${status}`);
  }
}

/** Logs in by password. Throws {@link TokenRefused} on any status but 201. */
export async function issueTokenWithExpiry(url: string, admin: Admin): Promise<IssuedToken> {
  const response = await fetch(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: loginOf(admin) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (response.status !== 201) throw new TokenRefused(response.status);
  const body = JSON.parse(text) as { token: { expires_at: string } };
  return {
    token: response.headers.get('x-subject-token') ?? '',
    expiresAt: Date.parse(body.token.expires_at),
  };
}

/** Logs in by password and returns the token. */
export async function issueToken(url: string, admin: Admin): Promise<string> {
  return (await issueTokenWithExpiry(url, admin)).token;
}

/**
 * The status of a validation: 200 for a good token, 404 when the node doesn't know the subject's key, 401 when it doesn't
 * know that of the token we ask with. An expired token passes within the window only with `allowExpired`.
 */
export async function validateToken(
  url: string,
  authToken: string,
  subjectToken: string,
  allowExpired = false,
): Promise<number> {
  const response = await fetch(`${url}/auth/tokens${allowExpired ? '?allow_expired=1' : ''}`, {
    headers: { 'x-auth-token': authToken, 'x-subject-token': subjectToken },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Read to the end, so that the connection can be used again.
  await response.arrayBuffer();
  return response.status;
}

function loginOf(admin: Admin) {
  const { username, password, project, userDomain, projectDomain } = admin;
  return {
    identity: {
      methods: ['password'],
      password: { user: { name: username, password, domain: { name: userDomain } } },
    },
    scope: { project: { name: project, domain: { name: projectDomain } } },
  };
}
