/** What a worker shows to log in at a host. */
import ssh2, { type AgentAuthMethod, type ParsedKey, type PublicKeyAuthMethod } from 'ssh2';
import { KeptFiles } from './kept-files.js';
import { NodeError } from './node-error.js';

export interface Login {
  /** The node that is to be reached, for messages. */
  readonly node: string;
  readonly user: string;
  readonly identityFile: string;
}

/** One parsed key for all connections; null for a file that has none. */
const identities = new KeptFiles(privateKeyIn);

/**
 * The identity file, or the agent where there is no such file. Named as the one method to try: unasked, ssh2 would first try none at
 * all, which costs every handshake a round trip.
 *
 * @throws NodeError `authentication`
 */
export async function credentialsOf({
  node,
  user,
  identityFile,
}: Login): Promise<PublicKeyAuthMethod | AgentAuthMethod> {
  const agent = process.env.SSH_AUTH_SOCK;
  let key: ParsedKey | null;
  try {
    key = await identities.read(identityFile);
  } catch {
    if (agent) return { type: 'agent', username: user, agent };
    throw new NodeError(
      'authentication',
      node,
      `can't read ssh.identityFile ${identityFile}, and no agent is running`,
    );
  }
  if (key === null) {
    throw new NodeError(
      'authentication',
      node,
      `${identityFile} is no private key without a passphrase; use an agent for one with`,
    );
  }
  return { type: 'publickey', username: user, key };
}

function privateKeyIn(content: Buffer): ParsedKey | null {
  // OpenSSH's format has room for several, of which ssh2 gives a list.
  const [key] = [ssh2.utils.parseKey(content)].flat();
  return key && !(key instanceof Error) && key.isPrivateKey() ? key : null;
}
