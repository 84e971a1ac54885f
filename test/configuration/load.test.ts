import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findConfiguration, loadConfiguration } from '../../configuration/load.js';
import { CONFIGURATION_TEMPLATE } from '../../configuration/template.js';
import { load, MINIMAL, refusal, temporaryDirectory, writeConfiguration } from './files.js';

const HOUR_MS = 3_600_000;

describe('a configuration that is accepted', () => {
  it('gets every default', async () => {
    expect(await load(MINIMAL)).toEqual({
      fleet: 'production',
      temporal: {},
      recipients: {},
      tokens: { expiration: 24 * HOUR_MS, allowExpiredWindow: 48 * HOUR_MS },
      rotation: { every: 73 * HOUR_MS, margin: 300_000, pause: 1_000, waitForNode: 900_000, maxFiles: 50 },
      sites: {},
      verify: { every: 3_600_000 },
      notifications: [],
      worker: { grace: 20_000, connections: 4000 },
      ssh: {
        user: 'rotor',
        identityFile: join(homedir(), '.ssh/id_ed25519'),
        knownHosts: join(homedir(), '.ssh/known_hosts'),
      },
      inventory: [
        {
          kind: 'static',
          sites: [
            {
              name: 'one',
              nodes: [{ name: 'ctl1', address: '192.0.2.11' }],
            },
          ],
        },
      ],
    });
  });

  it('rotates by default as rarely as keeps the fewest keys, in whole hours', async () => {
    const lifetimes = { expiration: '1h', allowExpiredWindow: '0s' };
    const exact = await load({ ...MINIMAL, tokens: lifetimes, rotation: { margin: '0s' } });
    const rounded = await load({ ...MINIMAL, tokens: lifetimes, rotation: { margin: '1ms' } });
    expect([exact.rotation.every, rounded.rotation.every]).toEqual([HOUR_MS, 2 * HOUR_MS]);
  });

  it('takes local paths from its own folder, and `~` as the home directory', async () => {
    const keystone = { username: 'u', password: { file: 'secret' }, project: 'p' };
    const ssh = { identityFile: 'keys/id', knownHosts: '~/known' };
    const file = writeConfiguration({ ...MINIMAL, ssh, keystone });
    const configuration = await loadConfiguration(file);
    expect(configuration.ssh.identityFile).toBe(join(dirname(file), 'keys/id'));
    expect(configuration.ssh.knownHosts).toBe(join(homedir(), 'known'));
    expect(configuration.keystone).toMatchObject({ password: { file: join(dirname(file), 'secret') } });
  });

  it('loads from the template, as it is and with every setting switched on', async () => {
    const everything = CONFIGURATION_TEMPLATE.replace(/^( *)#(?=[^ ]| {2})/gm, '$1');
    expect(await load(CONFIGURATION_TEMPLATE)).toMatchObject({ fleet: 'production' });
    expect(await load(everything)).toMatchObject({
      temporal: { address: '127.0.0.1:7233', namespace: 'default' },
      rotation: { every: 73 * HOUR_MS },
      keystone: { username: 'rotor', password: { env: 'ROTOR_KEYSTONE_PASSWORD' } },
      inventory: [
        {
          sites: [
            {
              nodes: [
                { port: 22, user: 'keystone', keystone: 'http://192.0.2.11:5000/v3' },
                { name: 'ctl2', pull: true },
              ],
            },
          ],
        },
        { kind: 'ansible' },
        { kind: 'catalog' },
        { kind: 'command' },
      ],
    });
  });
});

describe('a configuration that is refused', () => {
  it('names every problem with its file, line and path', async () => {
    const file = writeConfiguration(`fleet: my fleet
tokens:
  expiration: 24
rotation:
  pause: 5ms
  every: soon
  maxFile: 3
keystone:
  username: rotor
  password: hunter2
  project: service
inventory:
  - kind: heat
    path: hosts
  - kind: static
    sites:
      - name: one
        nodes:
          - name: ctl1
            adress: 192.0.2.11
            port: 99999
            keystone: http://user:hunter2@192.0.2.11:5000/v3
`);
    const { message, problems } = await refusal(loadConfiguration(file));
    expect(message.replaceAll(file, 'rotor.yaml').split('\n')).toEqual([
      'rotor.yaml:1: fleet: expected a name of letters, digits, `.`, `_` and `-`, got "my fleet"',
      'rotor.yaml:2: tokens.allowExpiredWindow: expected a duration such as 90s, 25h, 1h30m or 7d, got nothing',
      'rotor.yaml:3: tokens.expiration: expected a duration such as 90s, 25h, 1h30m or 7d, got 24',
      'rotor.yaml:5: rotation.pause: expected a duration of at least 10ms, got "5ms"',
      'rotor.yaml:6: rotation.every: expected a duration such as 90s, 25h, 1h30m or 7d, got "soon"',
      'rotor.yaml:7: rotation.maxFile: expected a known field (did you mean maxFiles?), got an unknown field',
      'rotor.yaml:10: keystone.password: expected { env: VARIABLE } or { file: PATH }, got a string',
      'rotor.yaml:13: inventory[0].kind: expected the kind static, ansible, catalog or command, got "heat"',
      'rotor.yaml:19: inventory[1].sites[0].nodes[0].address: expected an address, or pull: true, got nothing',
      'rotor.yaml:20: inventory[1].sites[0].nodes[0].adress: expected a known field (did you mean address?), got an unknown field',
      'rotor.yaml:21: inventory[1].sites[0].nodes[0].port: expected at most 65535, got 99999',
      'rotor.yaml:22: inventory[1].sites[0].nodes[0].keystone: expected a URL such as http://192.0.2.11:5000/v3, got "http://…@192.0.2.11:5000/v3"',
    ]);
    expect(problems[0]).toEqual({ path: 'fleet', message: expect.any(String) as string, line: 1 });
  });

  it('names both places of a site or node that stands there twice', async () => {
    const node = { name: 'ctl1', address: 'host' };
    const sites = [
      { name: 'one', nodes: [node] },
      { name: 'one', nodes: [{ ...node, address: 'other' }] },
    ];
    const { problems } = await refusal(load({ ...MINIMAL, inventory: [{ kind: 'static', sites }] }));
    expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'inventory[0].sites[1].name: expected a site name of its own (the same stands at sites[0].name), got "one"',
      'inventory[0].sites[1].nodes[0].name: expected a node name of its own (the same stands at sites[0].nodes[0].name), got "ctl1"',
    ]);
  });

  it('lists the known fields where none is close', async () => {
    const { message } = await refusal(load({ ...MINIMAL, ssh: { zzz: 1 } }));
    expect(message).toContain(
      'ssh.zzz: expected one of the fields user, identityFile, knownHosts, proxyJump, got an unknown',
    );
  });

  it.each([
    ['is empty', '', 'got an empty file'],
    ['has only comments', '# nothing\n', 'got an empty file'],
    ['is no YAML', 'fleet: [', 'expected YAML'],
    ['has a field twice', 'fleet: a\nfleet: b\n', 'expected YAML, got a mistake: Map keys must be unique'],
    ['has two documents', 'fleet: a\n---\nfleet: b\n', 'expected YAML'],
    ['is a list', '- 1\n', 'expected a section with fields of its own, got a list'],
    ['is a text', 'hello', 'expected a section with fields of its own, got "hello"'],
    ['is nested too deeply', `fleet: ${'['.repeat(200_000)}`, 'expected YAML'],
    [
      'grows by aliases',
      `a: &a [x]\nb: &b [${'*a,'.repeat(60)}]\nc: [${'*b,'.repeat(60)}]\n`,
      'at most 100 aliases',
    ],
    ['has sections as keys', `${'? '.repeat(40)}fleet: a\n`, 'expected names before each colon'],
    ['has an alias as a key', 'fleet: &f [a]\n*f : b\n', 'rotor.yaml:2: expected names before each colon'],
    ['is too large', '#'.repeat(5_000_000), 'expected at most 4194304 bytes, got 5000000'],
  ])('says so when it %s', async (_, content, expected) => {
    const { message } = await refusal(load(content));
    expect(message).toContain(expected);
    expect(message.split('\n')).toHaveLength(1);
  });

  it('never shows a piece of the file that may be a password', async () => {
    const contents = ['password: *hunter2\n', 'password: "hunter2\n', 'password: hunter2: x\n', '}hunter2\n'];
    const passwords = [{ env: 'X', value: 'hunter2' }, 'hunter2', ['hunter2'], { secret: 'hunter2' }];
    const keystones = passwords.map((password) => ({
      ...MINIMAL,
      keystone: { username: 'u', project: 'p', password },
    }));
    for (const content of [...contents, ...keystones, { ...MINIMAL, pasword: 'hunter2' }]) {
      expect((await refusal(load(content))).message).not.toContain('hunter2');
    }
  });

  it.each([
    ['tokens', { expiration: '0s', allowExpiredWindow: '48h' }, 'tokens.expiration'],
    ['rotation', { waitForNode: '0s' }, 'rotation.waitForNode'],
    ['rotation', { maxFiles: 2 }, 'rotation.maxFiles'],
    ['rotation', { maxFiles: 10.5 }, 'rotation.maxFiles'],
    ['fleet', '', 'fleet'],
    ['inventory', [], 'inventory'],
    ['inventory', [{ kind: 'static', sites: [{ name: 'one', nodes: [] }] }], 'inventory[0].sites[0].nodes'],
    ['ssh', { user: ' ' }, 'ssh.user'],
    ['ssh', { user: 'a\u001b[31m' }, 'ssh.user'],
  ])('refuses %s: %j', async (section, value, path) => {
    const { problems } = await refusal(load({ ...MINIMAL, [section]: value }));
    expect(problems.map((problem) => problem.path)).toEqual([path]);
  });
});

describe('findConfiguration', () => {
  it('goes by the flag, then $ROTOR_CONFIG, then ./rotor.yaml', async () => {
    const directory = enterEmptyDirectory();
    writeFileSync(join(directory, 'rotor.yaml'), '');
    expect(await findConfiguration()).toBe(join(process.cwd(), 'rotor.yaml'));
    vi.stubEnv('ROTOR_CONFIG', '/elsewhere/rotor.yaml');
    expect(await findConfiguration()).toBe('/elsewhere/rotor.yaml');
    expect(await findConfiguration('flag.yaml')).toBe(resolve('flag.yaml'));
  });

  it('names the places where it looked, and how to get a file', async () => {
    enterEmptyDirectory();
    const { message } = await refusal(findConfiguration());
    for (const part of [
      '--config',
      '$ROTOR_CONFIG',
      './rotor.yaml',
      '/etc/rotor/rotor.yaml',
      '`rotor init`',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('a file that was named and is missing is an error of its own', async () => {
    const file = join(temporaryDirectory(), 'none.yaml');
    const { message } = await refusal(loadConfiguration(await findConfiguration(file)));
    expect(message).toContain(`${file}: expected a configuration file, got nothing; \`rotor init\``);
  });
});

function enterEmptyDirectory(): string {
  const before = process.cwd();
  const directory = join(temporaryDirectory(), 'here');
  mkdirSync(directory);
  process.chdir(directory);
  vi.stubEnv('ROTOR_CONFIG', undefined);
  onTestFinished(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });
  return directory;
}
