import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { startKeystones, type Keystones } from '../../lab/keystone.js';
import { issueToken } from '../../lab/tokens.js';
import { list, refusal } from './scene.js';

let directory: string;
let keystones: Keystones;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotor-catalog-'));
  keystones = await startKeystones({
    directory,
    nodes: ['region-one', 'region-two'].map((region) => ({
      name: region,
      region,
      repository: join(directory, region, 'fernet-keys'),
    })),
  });
  const { username, password, project } = keystones.admin;
  const auth = { auth_url: keystones.nodes[0]!.url, username, password, project_name: project };
  writeFileSync(
    join(directory, 'clouds.yaml'),
    stringify({ clouds: { lab: { auth }, wrong: { auth: { ...auth, password: 'hunter2' } } } }),
  );
});
beforeEach(() => vi.stubEnv('OS_CLIENT_CONFIG_FILE', join(directory, 'clouds.yaml')));
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await keystones.stop();
  rmSync(directory, { recursive: true });
});

const catalog = (more: object = {}) => ({ kind: 'catalog', cloud: 'lab', ...more });
const site = (name: string, number: number) => ({
  name,
  nodes: [{ name: `ctl${number}`, address: `192.0.2.${number}` }],
});

test('a real catalog of two regions is content with nodes in both', async () => {
  const listed = { kind: 'static', sites: [site('region-one', 1), site('region-two', 2)] };
  expect(await list([listed, catalog()])).toHaveLength(2);
});

test('a region of the catalog without a node is an error that names it', async () => {
  const listed = { kind: 'static', sites: [site('region-one', 1)] };
  expect(await refusal([listed, catalog({ interface: 'public' })])).toMatch(
    /inventory\[1\] \(catalog lab\): no node is in region region-two of the catalog/,
  );
});

test('alone it lists no nodes, because an endpoint mostly is a load balancer', async () => {
  expect(await refusal([catalog()])).toContain('no source lists a node');
});

test('endpoints that are nodes are listed with their regions and URLs', async () => {
  const [one, two] = keystones.nodes;
  await moveEndpoint('region-two', two!.url.replace('127.0.0.1', 'localhost'));
  const nodes = await list([catalog({ endpointsAreNodes: true, user: 'keystone' })]);
  expect(nodes.sort((a, b) => a.site.localeCompare(b.site))).toMatchObject([
    { name: '127.0.0.1', site: 'region-one', keystone: one!.url, user: 'keystone' },
    { name: 'localhost', site: 'region-two', keystone: two!.url.replace('127.0.0.1', 'localhost') },
  ]);
});

/** As an operator does: two endpoints on one address would be one node with two URLs. */
async function moveEndpoint(region: string, to: string): Promise<void> {
  const { url } = keystones.nodes[0]!;
  const headers = {
    'x-auth-token': await issueToken(url, keystones.admin),
    'content-type': 'application/json',
  };
  const answer = await fetch(`${url}/endpoints?interface=internal&region_id=${region}`, { headers });
  const { endpoints } = (await answer.json()) as { endpoints: { id: string }[] };
  const body = JSON.stringify({ endpoint: { url: to } });
  const changed = await fetch(`${url}/endpoints/${endpoints[0]!.id}`, { method: 'PATCH', headers, body });
  expect(changed.status).toBe(200);
}

test('an account that is refused, and a cloud that is not there, are errors without a password', async () => {
  const refused = await refusal([catalog({ cloud: 'wrong' })]);
  expect(refused).toContain('refuses the account admin (401)');
  expect(refused).not.toContain('hunter2');
  expect(await refusal([catalog({ cloud: 'none' })])).toContain('its clouds are lab, wrong');
});
