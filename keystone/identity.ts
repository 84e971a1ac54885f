/** The few calls of Keystone's Identity API v3 that a probe needs. */
import { request, type Answer, type Query } from './request.js';

/** How to sign in. */
export interface Credentials {
  /** Its name, for messages. */
  readonly account: string;
  /** The `auth` of `POST /v3/auth/tokens`; it holds the password. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** Certificates to trust, PEM. Default: the system's. */
  readonly ca?: Buffer;
}

export interface Account {
  readonly username: string;
  readonly password: string;
  readonly project: string;
  readonly userDomain: string;
  readonly projectDomain: string;
}

/** By password, for a project; domains by name. */
export function passwordCredentials(account: Account): Credentials {
  const { username, password, project, userDomain, projectDomain } = account;
  return {
    account: username,
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: username, password, domain: { name: userDomain } } },
      },
      scope: { project: { name: project, domain: { name: projectDomain } } },
    },
  };
}

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
 * Signs in. `POST /v3/auth/tokens`
 *
 * @throws KeystoneError
 */
export async function issueToken(url: string, { account, auth, ca }: Credentials): Promise<IssuedToken> {
  const { status, headers } = await ask(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
    ...(ca && { ca }),
  });
  const token = headers['x-subject-token'];
  if (status === 201 && typeof token === 'string')
    return { token, clockOffsetMs: clockOffsetOf(headers.date) };
  if (status === 401 || status === 403) {
    throw new KeystoneError(
      'keystone-credentials',
      `${url} refuses the account ${account} (${status}); check the \`keystone\` section, or what clouds.yaml says: username, password, project and domains`,
    );
  }
  throw new KeystoneError('keystone-error', `${url} answered ${status} to a sign-in; its own log says why`);
}

/**
 * `GET /v3/auth/tokens`
 *
 * @returns the status: 200 for a token that this Keystone accepts, 404 for one that it can't read, 401 when it refuses the
 * token that asks
 * @throws KeystoneError when it does not answer
 */
export async function validateToken(
  url: string,
  { authToken, subjectToken, ca }: { authToken: string; subjectToken: string; ca?: Buffer },
): Promise<number> {
  const headers = { 'x-auth-token': authToken, 'x-subject-token': subjectToken };
  return (await ask(`${url}/auth/tokens`, { headers, ...(ca && { ca }) })).status;
}

/** @throws KeystoneError when there is no answer */
export async function ask(url: string, query: Query): Promise<Answer> {
  try {
    return await request(url, query);
  } catch {
    throw new KeystoneError(
      'keystone-unreachable',
      `${url} does not answer; check the node's \`keystone\` address, and for https the certificate that it shows`,
    );
  }
}

function clockOffsetOf(date: string | undefined): number | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : at - Date.now();
}
