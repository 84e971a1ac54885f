import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { OperationResult } from '../../core/rotation.js';
import { runRotor } from '../../lab/worker.js';
import { readWithPython } from '../support/python-reading.js';
import { startScene, type Scene } from '../support/scene.js';

let scene: Scene;
/** Every file of every repository, to see that nothing was changed. */
let backup: string;

beforeAll(async () => {
  scene = await startScene('bad-input', { pause: '50ms', waitForNode: '4s' });
  backup = join(scene.directory, 'backup');
});
afterAll(() => scene.stop());

beforeEach(() => {
  for (const { name, repository } of scene.fleet.nodes) {
    cpSync(repository, join(backup, name), { recursive: true });
    cpSync(scene.fleet.config, join(backup, 'rotor.yaml'));
    cpSync(scene.fleet.knownHosts, join(backup, 'known_hosts'));
  }
});
afterEach(() => {
  for (const { name, repository } of scene.fleet.nodes) {
    rmSync(repository, { recursive: true, force: true });
    cpSync(join(backup, name), repository, { recursive: true });
  }
  cpSync(join(backup, 'rotor.yaml'), scene.fleet.config);
  cpSync(join(backup, 'known_hosts'), scene.fleet.knownHosts);
  rmSync(backup, { recursive: true });
});

type Document = Record<string, never> & { inventory: { sites: { nodes: Record<string, unknown>[] }[] }[] };

function edit(change: (document: Document) => void): void {
  const document = parse(readFileSync(scene.fleet.config, 'utf8')) as Document;
  change(document);
  writeFileSync(scene.fleet.config, stringify(document));
}

async function keysOfHealthyNodes(): Promise<Record<string, string>[]> {
  return Promise.all(scene.fleet.nodes.slice(0, 2).map(({ repository }) => readWithPython(repository)));
}

describe('a configuration that can’t be used', () => {
  const cases: [string, () => void, RegExp][] = [
    ['an empty file', () => writeFileSync(scene.fleet.config, ''), /empty/],
    ['no YAML', () => writeFileSync(scene.fleet.config, 'fleet: [a'), /YAML/i],
    ['a missing field', () => edit((d) => delete d.tokens), /tokens: .*expected/],
    [
      'a wrong duration',
      () => edit((d) => Object.assign(d.tokens!, { expiration: '24x' })),
      /tokens\.expiration: .*24x/,
    ],
    ['an unknown field', () => edit((d) => Object.assign(d, { flet: 'x' })), /flet/],
    [
      'two nodes of one name',
      () => edit((d) => Object.assign(d.inventory[0]!.sites[1]!.nodes[0]!, { name: 'ctl1' })),
      /inventory\[?\.?0.*ctl1/,
    ],
  ];
  for (const [what, spoil, message] of cases) {
    test(`${what}: exit 2, the place and what was expected`, async () => {
      spoil();
      const { code, stderr } = await scene.rotor('rotate');
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    });
  }

  test.each([
    ['a server that is not there', { address: '127.0.0.1:1' }, /can't reach Temporal at 127\.0\.0\.1:1; /],
    [
      'a namespace that is not there',
      { namespace: 'nowhere' },
      /has no namespace nowhere; .*namespace create/,
    ],
  ])('%s: client and worker name it, and what to do', async (_, wrong, message) => {
    edit((d) => Object.assign(d.temporal!, wrong));
    for (const command of ['rotate', 'status', 'worker']) {
      const { code, stderr } = await scene.rotor(command);
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
    }
  });

  test('a file that is not there: exit 2, and how to write one', async () => {
    const { code, stderr } = await runRotor(['status', '--config', join(scene.directory, 'none.yaml')]);
    expect(stderr).toContain('rotor init');
    expect(code).toBe(2);
  });
});

describe('a fleet that can’t be rotated: an error that names node and remedy, and nothing was changed', () => {
  const third = () => scene.fleet.nodes[2]!;
  const cases: [string, string, () => void, RegExp][] = [
    [
      'a wrong password',
      'keystone-credentials',
      () => {
        const file = join(scene.directory, 'wrong');
        writeFileSync(file, 'wrong');
        edit((d) => Object.assign(d.keystone!, { password: { file } }));
      },
      /check the `keystone` section/,
    ],
    [
      'an unknown host key',
      'host-key-unknown',
      () => writeFileSync(scene.fleet.knownHosts, ''),
      /ssh-keyscan/,
    ],
    [
      'a changed host key',
      'host-key-changed',
      () => {
        const [a, b, c] = readFileSync(scene.fleet.knownHosts, 'utf8').trim().split('\n');
        const swapped = `${c!.split(' ')[0]} ${a!.split(' ').slice(1).join(' ')}`;
        writeFileSync(scene.fleet.knownHosts, `${a}\n${b}\n${swapped}\n`);
      },
      /ssh-keygen -R/,
    ],
    [
      'a repository that does not exist',
      'no-repository',
      () => renameSync(third().repository, join(backup, 'away')),
      /ctl3/,
    ],
    [
      'an empty repository',
      'empty-repository',
      () => {
        rmSync(third().repository, { recursive: true });
        mkdirSync(third().repository);
      },
      /ctl3.*no keys/,
    ],
    [
      'a malformed key',
      'malformed-key',
      () => writeFileSync(join(third().repository, '1'), 'not a key', { mode: 0o600 }),
      /ctl3.*fernet-keys\/1/,
    ],
    [
      'a stray file',
      'stray-file',
      () => writeFileSync(join(third().repository, '0.tmp'), ''),
      /ctl3.*0\.tmp/,
    ],
    [
      'a name that Keystone takes for a number',
      'stray-file',
      () => writeFileSync(join(third().repository, '007'), ''),
      /ctl3.*007/,
    ],
    [
      'a primary that no other node can read',
      'unknown-primary',
      () =>
        writeFileSync(join(third().repository, '1'), `${Buffer.alloc(32, 7).toString('base64url')}=`, {
          mode: 0o600,
        }),
      /ctl3.*rotor verify/,
    ],
  ];
  for (const [what, code, spoil, message] of cases) {
    test(what, async () => {
      const before = await keysOfHealthyNodes();
      spoil();
      const rotation = await scene.rotorJson<OperationResult>('rotate');
      expect(rotation.json).toMatchObject({ outcome: 'failed', error: { code } });
      expect(rotation.json.error!.message).toMatch(message);
      expect(rotation.code).toBe(1);
      expect(await keysOfHealthyNodes()).toEqual(before);
    });
  }

  test('a node that can’t be reached: without a terminal `blocked` at once, and at its deadline everything is put back', async () => {
    const before = await keysOfHealthyNodes();
    await third().sshd.stop();
    try {
      const rotation = await scene.rotorJson<OperationResult>('rotate');
      expect(rotation.json).toMatchObject({
        outcome: 'blocked',
        error: { code: 'unreachable', nodes: ['ctl3'] },
      });
      expect(rotation.code).toBe(3);
      await expect
        .poll(async () => (await scene.rotorJson<{ outcome: string }>('status')).json.outcome, {
          timeout: 60_000,
        })
        .toBe('compensated');
      expect(await keysOfHealthyNodes()).toEqual(before);
      const verification = await scene.rotor('verify');
      expect(verification.code).toBe(4);
      expect(verification.stdout).toContain('unreachable');
    } finally {
      await third().sshd.start();
    }
  });
});
