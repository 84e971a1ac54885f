/** Keystone's own list of where identity endpoints are. */
import { ask, issueToken, KeystoneError, type Credentials } from './identity.js';

export interface IdentityEndpoint {
  /** Null for one that belongs to none. */
  readonly region: string | null;
  readonly url: string;
}

/**
 * The enabled endpoints of the identity service. `GET /v3/services`, `GET /v3/endpoints`
 *
 * @param url of the identity API, with its version
 * @param kind public, internal or admin
 * @throws KeystoneError
 */
export async function identityEndpoints(
  url: string,
  credentials: Credentials,
  kind: string,
): Promise<IdentityEndpoint[]> {
  const { token } = await issueToken(url, credentials);
  const list = async (what: string, query: string) => {
    const { ca, account } = credentials;
    const headers = { 'x-auth-token': token };
    const { status, body } = await ask(`${url}/${what}?${query}`, { headers, ...(ca && { ca }) });
    if (status === 403)
      throw new KeystoneError(
        'keystone-credentials',
        `${url} does not let the account ${account} list ${what}; give it the role reader on the system, and sign in with system_scope: all`,
      );
    return entriesOf(status === 200 ? body : null, what, url);
  };
  const services = await list('services', 'type=identity');
  const ids = services.map(({ id }) => id);
  const endpoints = await list('endpoints', `interface=${kind}`);
  return endpoints
    .filter(({ service_id: service, enabled }) => ids.includes(service) && enabled !== false)
    .map((endpoint) => ({
      region: typeof endpoint.region_id === 'string' ? endpoint.region_id : null,
      url: typeof endpoint.url === 'string' ? endpoint.url : '',
    }));
}

function isRecord(entry: unknown): entry is Record<string, unknown> {
  return typeof entry === 'object' && entry !== null;
}

function entriesOf(body: Buffer | null, what: string, url: string): Record<string, unknown>[] {
  try {
    const entries = (JSON.parse(body!.toString('utf8')) as Record<string, unknown>)[what];
    if (Array.isArray(entries) && entries.every(isRecord)) return entries;
  } catch {
    // Said below.
  }
  throw new KeystoneError('keystone-error', `${url} gave no list of ${what}; its own log says why`);
}
