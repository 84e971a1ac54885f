import { runKeystonePython } from '../../lab/keystone.js';

const OPEN = `
import sys
from cryptography.fernet import Fernet
key, token = sys.argv[1:]
print(Fernet(key).extract_timestamp(token), Fernet(key).decrypt(token).hex())
`;

const SEAL = `
import sys
from cryptography.fernet import Fernet
key, payload, at = sys.argv[1:]
print(Fernet(key).encrypt_at_time(bytes.fromhex(payload), int(at)).decode())
`;

/** Opens a token, with its padding, as Keystone does: with `cryptography`. */
export async function openWithPython(
  encodedKey: string,
  token: string,
): Promise<{ payload: Buffer; at: Date }> {
  const [seconds, payload = ''] = (await runKeystonePython(OPEN, [encodedKey, token])).trim().split(' ');
  return { payload: Buffer.from(payload, 'hex'), at: new Date(Number(seconds) * 1000) };
}

/** Makes a token as Keystone does. */
export async function sealWithPython(encodedKey: string, payload: Buffer, at: Date): Promise<string> {
  return (
    await runKeystonePython(SEAL, [encodedKey, payload.toString('hex'), String(at.getTime() / 1000)])
  ).trim();
}
