/** The few calls of Keystone's Identity API v3 that a probe needs. */

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly project: string;
  readonly userDomain: string;
  readonly projectDomain: string;
}

/** Far above what a loaded Keystone takes, far below what an activity may take. */
const TIMEOUT_MS = 15_000;

/** A Keystone that can't be asked. The message names its URL and what to do; never a token or a password. */
export class KeystoneError extends Error {
  override readonly name = 'KeystoneError';

  constructor(
    readonly code: 'keystone-unreachable' | 'keystone-credentials' | 'keystone-error',
    message: string,
  ) {
    super(message);
  }
}

export interface IssuedToken {
  readonly token: string;
  /** The node's clock minus ours, from its `Date` header (whole seconds); undefined without one. */
  readonly clockOffsetMs: number | undefined;
}

/**
 * Signs in by password, for a project. `POST /v3/auth/tokens`
 *
 * @throws KeystoneError
 */
export async function issueToken(url: string, credentials: Credentials): Promise<IssuedToken> {
  const { username, password, project, userDomain, projectDomain } = credentials;
  const response = await request(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: username, password, domain: { name: userDomain } } },
        },
        scope: { project: { name: project, domain: { name: projectDomain } } },
      },
    }),
  });
  const token = response.headers.get('x-subject-token');
  if (response.status === 201 && token !== null) return { token, clockOffsetMs: clockOffsetOf(response) };
  if (response.status === 401 || response.status === 403) {
    throw new KeystoneError(
      'keystone-credentials',
      `${url} refuses the account ${username} (${response.status}); check the \`keystone\` section: username, password, project and domains`,
    );
  }
  throw new KeystoneError(
    'keystone-error',
    `${url} answered ${response.status} to a sign-in; its own log says why`,
  );
}

/**
 * `GET /v3/auth/tokens`
 *
 * @returns the status: 200 for a token that this Keystone accepts, 404 for one that it can't read, 401 when it refuses the
 * token that asks
 * @throws KeystoneError when it does not answer
 */
export async function validateToken(url: string, authToken: string, subjectToken: string): Promise<number> {
  const response = await request(`${url}/auth/tokens`, {
    headers: { 'x-auth-token': authToken, 'x-subject-token': subjectToken },
  });
  return response.status;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    // A redirect would carry the password or token to wherever it points.
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response;
  } catch {
    throw new KeystoneError(
      'keystone-unreachable',
      `${url} does not answer; check the node's \`keystone\` address`,
    );
  }
}

function clockOffsetOf(response: Response): number | undefined {
  const at = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(at) ? undefined : at - Date.now();
}
