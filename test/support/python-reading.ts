import { runKeystonePython } from '../../lab/keystone.js';

/** Reads a key repository as Keystone's own language and library do; every key must make a Fernet of `cryptography`. */
const SCRIPT = `
import base64, hashlib, json, os, sys
from cryptography.fernet import Fernet
directory = sys.argv[1]
keys = {}
for name in os.listdir(directory):
    path = os.path.join(directory, name)
    if os.path.isfile(path):
        with open(path, 'rb') as file:
            content = file.read()
        Fernet(content)
        decoded = base64.urlsafe_b64decode(content)
        keys[int(name)] = hashlib.sha256(b'fernet-rotor/key/v1\\0' + decoded).hexdigest()[:16]
print(json.dumps(keys))
`;

/** Index → fingerprint, by Python. */
export async function readWithPython(directory: string): Promise<Record<string, string>> {
  return JSON.parse(await runKeystonePython(SCRIPT, [directory])) as Record<string, string>;
}
