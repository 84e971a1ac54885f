import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { cloudAccount, type Environment } from '../../configuration/clouds.js';
import { runCommand } from '../../lab/commands.js';
import { openstackPython } from '../../lab/tools.js';
import { FILES } from '../inventories/scene.js';
import { refusal, temporaryDirectory } from './files.js';

/** A home and a working directory of their own, with what a test puts there. */
function scene(): { home: string; folder: string; environment: Environment } {
  const directory = temporaryDirectory();
  const [home, folder] = [join(directory, 'home'), join(directory, 'work')];
  for (const each of [join(home, '.config/openstack'), folder]) mkdirSync(each, { recursive: true });
  return { home, folder, environment: { HOME: home, PATH: process.env.PATH } };
}

function clouds(file: string, content: object): void {
  writeFileSync(file, stringify({ clouds: content }));
}

const PASSWORD = { password: 'secret', project_name: 'service', username: 'rotor' };
const cloud = (host: string, more: object = {}) => ({
  auth: { auth_url: `http://${host}:5000/v3`, ...PASSWORD, ...more },
});
const VARIABLES = {
  OS_AUTH_URL: 'http://variables:5000/v3',
  OS_USERNAME: 'rotor',
  OS_PASSWORD: 'secret',
  OS_PROJECT_NAME: 'service',
};

/** Where OpenStack's own library would sign in. */
async function openstackUrl(folder: string, environment: Environment, name?: string): Promise<string> {
  const script =
    'import sys, os; os.chdir(sys.argv[1]); import openstack.config as c; ' +
    'print(c.OpenStackConfig().get_one(cloud=sys.argv[2] or None).config["auth"]["auth_url"])';
  const variables = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
  const output = await runCommand('env', [
    '-i',
    ...variables,
    openstackPython,
    '-c',
    script,
    folder,
    name ?? '',
  ]);
  return output.trim();
}

describe('which account counts is as OpenStack’s own library decides', () => {
  const cases: [string, (at: ReturnType<typeof scene>) => Environment, string | undefined, string][] = [
    [
      'the only cloud of a file',
      ({ folder }) => (clouds(`${folder}/clouds.yaml`, { a: cloud('a') }), {}),
      undefined,
      'a',
    ],
    [
      'the working directory before the home directory',
      ({ folder, home }) => {
        clouds(`${folder}/clouds.yaml`, { a: cloud('near') });
        clouds(`${home}/.config/openstack/clouds.yaml`, { a: cloud('far') });
        return {};
      },
      'a',
      'near',
    ],
    [
      'the file of OS_CLIENT_CONFIG_FILE before both',
      ({ folder, home }) => {
        clouds(`${folder}/clouds.yaml`, { a: cloud('near') });
        clouds(`${home}/named.yaml`, { a: cloud('named') });
        return { OS_CLIENT_CONFIG_FILE: `${home}/named.yaml` };
      },
      'a',
      'named',
    ],
    [
      'OS_CLOUD',
      ({ folder }) => (clouds(`${folder}/clouds.yaml`, { a: cloud('a'), b: cloud('b') }), { OS_CLOUD: 'b' }),
      undefined,
      'b',
    ],
    [
      'variables before a file of which no cloud is named',
      ({ folder }) => (clouds(`${folder}/clouds.yaml`, { a: cloud('a') }), VARIABLES),
      undefined,
      'variables',
    ],
    [
      'a cloud that is named before variables',
      ({ folder }) => (clouds(`${folder}/clouds.yaml`, { a: cloud('a') }), VARIABLES),
      'a',
      'a',
    ],
    ['variables without any file', () => VARIABLES, undefined, 'variables'],
  ];
  test.each(cases)('%s', async (_, put, name, host) => {
    const at = scene();
    const environment = { ...at.environment, ...put(at) };
    const { authUrl } = await cloudAccount(name, environment, at.folder);
    expect(authUrl).toBe(`http://${host}:5000/v3`);
    expect(await openstackUrl(at.folder, environment, name)).toBe(authUrl);
  });
});

describe('the body of a sign-in', () => {
  test('a clouds.yaml of two clouds, with secure.yaml beside it', async () => {
    const { folder, environment } = scene();
    for (const file of ['clouds.yaml', 'secure.yaml']) copyFileSync(join(FILES, file), join(folder, file));
    const production = await cloudAccount('production', environment, folder);
    expect(production).toEqual({
      account: 'rotor',
      authUrl: 'https://192.0.2.10:5000/v3',
      auth: {
        identity: {
          methods: ['password'],
          password: {
            user: { name: 'rotor', domain: { name: 'Default' }, password: 'production-secret' },
          },
        },
        scope: { project: { name: 'service', domain: { name: 'Default' } } },
      },
    });
    const staging = await cloudAccount('staging', environment, folder);
    expect(staging).toMatchObject({
      authUrl: 'https://192.0.2.20:5000/v3',
      auth: { identity: { methods: ['application_credential'] } },
    });
  });

  test.each([
    ['system_scope', { system_scope: 'all' }, { system: { all: true } }],
    ['project_id', { project_id: '1' }, { project: { id: '1' } }],
    ['domains by ID', { project_domain_id: 'x' }, { project: { name: 'service', domain: { id: 'x' } } }],
    ['domains left out', {}, { project: { name: 'service', domain: { id: 'default' } } }],
  ])('scope: %s', async (_, more, scope) => {
    const { folder, environment } = scene();
    clouds(`${folder}/clouds.yaml`, { a: cloud('a', more) });
    expect((await cloudAccount('a', environment, folder)).auth).toMatchObject({ scope });
  });
});

describe('what can’t be used is named by file and field, and no password is', () => {
  const auth = (more: object) => ({ auth: { ...cloud('a').auth, ...more } });
  test.each<[string, object, RegExp]>([
    ['no such cloud', { b: cloud('b') }, /clouds: expected one of the name a; its clouds are b/],
    [
      'no password',
      { a: auth({ password: '' }) },
      /clouds\.a\.password: expected a text, here or in secure\.yaml/,
    ],
    [
      'the second version',
      { a: auth({ auth_url: 'http://a:5000/v2.0' }) },
      /auth_url: expected the third version/,
    ],
    [
      'no verification',
      { a: { ...cloud('a'), verify: false } },
      /verify: expected certificates to be verified/,
    ],
    ['no authority', { a: { ...cloud('a'), cacert: '/nowhere' } }, /cacert: expected a file.*ENOENT/],
    [
      'another way to sign in',
      { a: { ...cloud('a'), auth_type: 'v3totp' } },
      /auth_type: expected password or/,
    ],
  ])('%s', async (_, content, message) => {
    const { folder, environment } = scene();
    clouds(`${folder}/clouds.yaml`, content);
    const error = await refusal(cloudAccount('a', environment, folder));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret,');
  });

  test('neither file nor variables', async () => {
    const { folder, environment } = scene();
    expect((await refusal(cloudAccount(undefined, environment, folder))).message).toContain('OS_* variables');
  });
});
