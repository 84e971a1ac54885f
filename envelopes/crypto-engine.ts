/** Node's Web Cryptography API as pkijs wants it. */
import { webcrypto } from 'node:crypto';
import { CryptoEngine } from 'pkijs';

/** RFC 5084, 3.2: a GCM nonce has 12 bytes. pkijs makes 16, which OpenSSL does not take in CMS. */
export const NONCE_LENGTH = 12;

/** For what handles no secret but a private key, which stays inside. */
export const ENGINE = engineOn(webcrypto.subtle);

/** What of each function's arguments is secret, and whether its result is; everything else may go into an envelope. */
const SECRETS: Readonly<Record<string, { readonly argument?: number; readonly result?: true }>> = {
  encrypt: { argument: 2 },
  deriveBits: { result: true },
  digest: { argument: 1, result: true },
  importKey: { argument: 1 },
  exportKey: { result: true },
};

/**
 * Runs one use of pkijs and wipes what it left behind. pkijs derives, wraps and exports content-encryption keys in buffers
 * that it drops; whoever finds one of those opens the envelope without any private key.
 *
 * @param use must have serialized its result, or copied it, when it resolves
 */
export async function withoutTraces<T>(use: (engine: CryptoEngine) => Promise<T>): Promise<T> {
  const traces: unknown[] = [];
  const subtle = new Proxy(webcrypto.subtle, {
    get(target, name: string) {
      const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const { argument, result: isResultSecret } = SECRETS[name] ?? {};
        if (argument !== undefined) traces.push(args[argument]);
        const result = await call.apply(target, name === 'encrypt' ? withShortNonce(args) : args);
        if (isResultSecret) traces.push(result);
        return result;
      };
    },
  });
  try {
    return await use(engineOn(subtle));
  } finally {
    for (const trace of traces) wipeBytes(trace);
  }
}

/** Overwrites bytes in any of the shapes that the Web Cryptography API knows. */
export function wipeBytes(bytes: unknown): void {
  if (bytes instanceof ArrayBuffer) new Uint8Array(bytes).fill(0);
  else if (ArrayBuffer.isView(bytes))
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).fill(0);
}

function withShortNonce([algorithm, ...rest]: unknown[]): unknown[] {
  const { iv, ...others } = algorithm as { iv: Uint8Array };
  return [{ ...others, iv: iv.subarray(0, NONCE_LENGTH) }, ...rest];
}

function engineOn(subtle: webcrypto.SubtleCrypto): CryptoEngine {
  const crypto = { subtle, getRandomValues: webcrypto.getRandomValues.bind(webcrypto) };
  return new CryptoEngine({ name: 'node', crypto });
}
