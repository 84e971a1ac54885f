import { makeCanary } from '../keys/canary.js';
import { InvalidTokenError, resealToken } from '../keys/token.js';
import { KeystoneError, issueToken, validateToken, type Credentials } from './identity.js';

export interface ProbeRequest {
  /** Of the identity API, with its version: `http://192.0.2.11:5000/v3`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Keys of the node, one of which made the token that it issues. */
  readonly issuingKeys: readonly Buffer[];
  /** Keys to ask about; none to find out whether asking works at all. */
  readonly keys: readonly { readonly fingerprint: string; readonly key: Buffer }[];
}

export interface ProbeResult {
  readonly accepted: readonly string[];
  readonly refused: readonly string[];
  readonly clockOffsetMs: number | undefined;
}

/**
 * Asks a running Keystone whether it has loaded keys: a fresh token of its own, sealed again under a key, is accepted
 * (200) only if it has. A control token under a key that nobody holds must be refused, or its answers mean nothing.
 * Every token is new, so no cache of validations can answer in its place.
 *
 * @throws KeystoneError
 */
export async function probe({ url, credentials, issuingKeys, keys }: ProbeRequest): Promise<ProbeResult> {
  const { token, clockOffsetMs } = await issueToken(url, credentials);
  const { ca } = credentials;
  const statusOf = (subjectToken: string) =>
    validateToken(url, { authToken: token, subjectToken, ...(ca && { ca }) });
  if ((await statusOf(makeCanary())) !== 404) {
    throw new KeystoneError(
      'keystone-error',
      `${url} does not refuse a token under an unknown key, so it proves nothing`,
    );
  }
  const accepted: string[] = [];
  const refused: string[] = [];
  for (const { fingerprint, key } of keys) {
    const status = await statusOf(resealed(url, token, issuingKeys, key));
    if (status !== 200 && status !== 404 && status !== 401) {
      throw new KeystoneError(
        'keystone-error',
        `${url} answered ${status} to a validation; its own log says why`,
      );
    }
    (status === 200 ? accepted : refused).push(fingerprint);
  }
  return { accepted, refused, clockOffsetMs };
}

function resealed(url: string, token: string, issuingKeys: readonly Buffer[], key: Buffer): string {
  for (const issuing of issuingKeys) {
    try {
      return resealToken(token, issuing, key);
    } catch (error) {
      if (!(error instanceof InvalidTokenError)) throw error;
    }
  }
  throw new KeystoneError(
    'keystone-error',
    `${url} made a token with a key that is not in the repository that rotor reads; check that [fernet_tokens] key_repository of that Keystone is the node's \`repository\``,
  );
}
