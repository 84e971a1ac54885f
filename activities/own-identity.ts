import { ConfigurationError } from '../configuration/load.js';
import { identityPaths, readIdentityFiles } from '../configuration/identity-files.js';
import { EnvelopeError } from '../envelopes/envelope-error.js';
import { readIdentity, type Identity } from '../envelopes/identity.js';

/**
 * This machine's identity, read anew for every use, so that a new one needs no restart.
 *
 * @param node the pull node that this is; null for a worker that reaches nodes by SSH, which may have any name
 * @throws EnvelopeError `identity-missing`, also when others may read the private key
 */
export async function ownIdentity(configFile: string, node: string | null): Promise<Identity> {
  const path = identityPaths(configFile).privateKey;
  const files = await readIdentityFiles(configFile).catch((error: unknown) => {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new EnvelopeError('identity-missing', node ?? 'this worker', error.message);
  });
  if (files === null)
    throw new EnvelopeError(
      'identity-missing',
      node ?? 'this worker',
      `there is no ${path} on the machine, so no key can be sealed for it or by it; say \`rotor recipient new ${node ?? 'NAME'}\` there, approve it everywhere, and restart its worker`,
    );
  const identity = await readIdentity(files, path);
  if (node === null || identity.name === node) return identity;
  throw new EnvelopeError(
    'identity-missing',
    node,
    `${path} is the identity of ${identity.name}; say \`rotor recipient new ${node} --replace\` there, and approve it everywhere`,
  );
}
