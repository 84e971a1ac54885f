/** What `rotor init` writes. It loads as it is; a line behind `#` followed by no space is a setting to switch on. */
export const CONFIGURATION_TEMPLATE = `# Configuration of fernet-rotor. \`rotor schema\` prints its JSON Schema.
# Durations: 250ms, 90s, 25h, 1h30m, 7d or PT25H.

# All nodes that share keys. Names workflows, so it must not change later.
fleet: production

# Where Temporal is. What is left out comes from the environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
# TEMPORAL_TLS, ...) or from the TOML profile that Temporal's own tools read.
#temporal:
#  address: 127.0.0.1:7233
#  namespace: default
#  # Encrypts what Temporal stores of this fleet; every machine needs the keys. The first one encrypts, all decrypt. A key is 32 bytes:
#  # openssl rand -base64 32. See docs/encryption.md before it is switched on for a fleet that has been rotated already.
#  encryption:
#    keys:
#      - id: first
#        secret: { env: ROTOR_PAYLOAD_KEY }

# How long tokens live, as in keystone.conf [token]. Too little here loses the keys of live tokens.
tokens:
  expiration: 24h
  allowExpiredWindow: 48h
  # As in [fernet_tokens]; when given, a rotation is refused that would leave a stray fernet_rotate something to purge.
  #maxActiveKeys: 10

rotation:
  # Time between scheduled rotations. Default: expiration, allowExpiredWindow and margin together, in whole hours.
  #every: 73h
  # Added to every lifetime, for clocks that differ.
  margin: 5m
  # Between two file operations that one reader must not straddle.
  pause: 1s
  # How long a rotation waits for a node before it decides by itself.
  waitForNode: 15m
  # Most key files that a rotation may leave on a node; Keystone opens each of them for every token.
  maxFiles: 50

# Between rotations every node is looked at this often; \`rotor schedule set\` makes a Schedule of it.
#verify:
#  every: 1h

# Who is told what happens. The address may be { env: VARIABLE } or { file: PATH } too.
#notifications:
#  - name: ops
#    url: https://ops.example/hook
#    events: [blocked, failed, completed, drift]

#worker:
#  # After SIGTERM: how long it may go on with what it has begun.
#  grace: 20s
#  # Most SSH connections that one worker holds; about 0.25 MB of its memory each.
#  connections: 4000

# Sites that only workers of their own reach, as \`rotor worker --site NAME\`, or that are slow.
#sites:
#  region-two:
#    ownWorkers: true
#    atOnce: 20

# How every node is reached. Host keys are pinned: put each node's line into knownHosts after comparing its fingerprint.
ssh:
  user: rotor
  identityFile: ~/.ssh/id_ed25519
  knownHosts: ~/.ssh/known_hosts
  # Hosts on the way, as in OpenSSH; also for a site or a node, where "none" means a direct way.
  #proxyJump: rotor@bastion.example.com:22

# Turns the live probe on: before a key is promoted, every running Keystone is asked whether it has loaded it. The account
# needs no right but to sign in. Instead of env: { file: PATH }. Or, in place of all: { cloud: a name in clouds.yaml }
#keystone:
#  username: rotor
#  password: { env: ROTOR_KEYSTONE_PASSWORD }
#  project: service
#  userDomain: Default
#  projectDomain: Default

# Keystone's own configuration on every node, when the account may read it: its lifetimes and max_active_keys then count as well.
#keystoneConf: /etc/keystone/keystone.conf

# Workers and pull nodes that keys are given to and taken from; \`rotor recipient approve\` writes this.
#recipients:
#  ctl2: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

# Accepts whom a CA of yours has signed as well; \`rotor recipient request\` makes what it signs. The file has the CA's certificate in PEM.
#recipientAuthority:
#  certificates: /etc/rotor/recipients-ca.pem

# Every node of every site (mostly a region) that may see a token.
inventory:
  - kind: static
    sites:
      - name: region-one
        nodes:
          - name: ctl1
            address: 192.0.2.11
            #port: 22
            #user: keystone
            repository: /etc/keystone/fernet-keys
            # The identity API of this very node, not of a load balancer; for the live probe.
            #keystone: http://192.0.2.11:5000/v3
          # Nothing connects to this one: \`rotor worker --node ctl2\` runs there, under an identity of its own.
          #- name: ctl2
          #  pull: true

  # More sources, merged by the names of nodes:
  #- kind: ansible
  #  path: /etc/kolla/multinode
  #  group: keystone
  #- kind: catalog
  #  cloud: production
  #- kind: command
  #  argv: [openstack-nodes, --json]
`;
