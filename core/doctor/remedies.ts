/** What to do about a problem that a survey or a probe found; its message often has the exact command. */
const REMEDIES: Readonly<Record<string, string>> = {
  unreachable:
    'start its sshd, or correct address and port in the inventory; `rotor fence NODE` if it is gone',
  'host-key-unknown': 'compare the fingerprint on the node itself, then add its line to ssh.knownHosts',
  'host-key-changed':
    'find out why before you accept it; for a reinstalled node replace its line in ssh.knownHosts',
  authentication: "correct ssh.user and ssh.identityFile, or add the key's public half on the node",
  'no-repository': 'correct `repository` of this node in the inventory, as its SFTP session sees the path',
  'other-repository':
    'correct `repository` of this node in the inventory; only keys of Fernet tokens are rotated',
  permissions: 'give owner and mode as the message says; the account needs the uid of Keystone',
  'malformed-key': '`rotor reconcile --node NODE` replaces it after a yes',
  'stray-file': 'move it away, or `rotor reconcile --node NODE` does after a yes',
  'empty-repository': '`rotor reconcile --node NODE` brings it the keys of the fleet; never `fernet_setup`',
  'missing-key': '`rotor reconcile` adds it; the next rotation does, too',
  'extra-key': '`rotor reconcile` brings it to the others; the next rotation does, too',
  'unknown-primary': 'find out who made it; `rotor reconcile` makes it readable everywhere after a yes',
  'different-primary': '`rotor reconcile` makes them equal; the next rotation does, too',
  'different-staged': '`rotor reconcile` makes them equal; the next rotation does, too',
  'older-than-fleet': '`rotor reconcile` brings it what it lacks; find out why an old disk came back',
  'revoked-key': '`rotor revoke` goes on with what it could not reach',
  'changed-underneath': 'find out who else writes there; run `rotor doctor` again',
  'disk-full': 'make place on the file system of the repository',
  'keystone-unreachable': "correct the node's `keystone` URL, or start its Keystone",
  'keystone-credentials': 'correct the `keystone` section, or what clouds.yaml says of that cloud',
  'keystone-error': "the log of that node's Keystone says why",
  configuration: 'correct the configuration on the worker',
};

const OTHERWISE = 'the message says what is in the way; `rotor verify` looks again';

export function remedyFor(code: string): string {
  return REMEDIES[code] ?? OTHERWISE;
}
