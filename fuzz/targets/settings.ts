/** What a person wrote: rotor.yaml, clouds.yaml, an identity. */
import { mkdtemp, rm } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cloudAccount } from '../../configuration/clouds.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { configurationOf } from '../../configuration/load.js';
import { CONFIGURATION_TEMPLATE } from '../../configuration/template.js';
import { yamlOf } from '../../configuration/yaml-file.js';
import { EnvelopeError } from '../../envelopes/envelope-error.js';
import { makeIdentity, readIdentity } from '../../envelopes/identity.js';
import fc from 'fast-check';
import { jsonTexts, texts } from '../inputs.js';
import { PLANTED_TEXT } from '../planted.js';
import { target } from '../target.js';

const isConfigurationError = (error: unknown) => error instanceof ConfigurationError;

/** YAML's own words, and anchors that multiply. */
const YAML_WORDS = [
  '- ',
  ': ',
  '? ',
  '&a ',
  '*a',
  '!!binary ',
  '!!set',
  '<<: ',
  '|',
  '>-',
  '---\n',
  '...',
  '{',
  '}',
  '[',
  ']',
  '\t',
  '#',
  '%YAML 9.9\n',
];

const SMALL = {
  fleet: 'production',
  tokens: { expiration: '24h', allowExpiredWindow: '48h' },
  keystone: { username: 'rotor', password: { env: 'ROTOR_PASSWORD' }, project: 'service' },
  recipients: { ctl2: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
  inventory: [
    {
      kind: 'static',
      sites: [
        {
          name: 'one',
          nodes: [
            { name: 'ctl1', address: '192.0.2.11' },
            { name: 'ctl2', pull: true },
          ],
        },
      ],
    },
    { kind: 'ansible', path: 'hosts', group: 'keystone' },
    { kind: 'command', argv: ['list-nodes', '--json'] },
    { kind: 'catalog', cloud: 'production' },
  ],
};

const configuration = target<string>({
  name: 'configuration',
  reads: 'rotor.yaml',
  costs: 10,
  prepare: () => ({
    inputs: fc.oneof(
      {
        weight: 3,
        arbitrary: texts([stringify(SMALL), `fleet: a\ntokens: { expiration: 1h }\n`], YAML_WORDS),
      },
      { weight: 1, arbitrary: texts([CONFIGURATION_TEMPLATE], YAML_WORDS) },
      // JSON is YAML.
      { weight: 3, arbitrary: jsonTexts([SMALL]) },
    ),
    read: (text) => void configurationOf('/etc/rotor/rotor.yaml', yamlOf('rotor.yaml', text)),
    isTyped: isConfigurationError,
  }),
});

const CLOUDS = {
  clouds: {
    production: {
      auth: {
        auth_url: 'https://192.0.2.11:5000/v3',
        username: 'rotor',
        password: PLANTED_TEXT,
        project_name: 'service',
        user_domain_name: 'Default',
      },
      cacert: '/nowhere/ca.pem',
    },
    other: {
      auth_type: 'v3applicationcredential',
      auth: { auth_url: 'http://a', application_credential_id: 'a' },
    },
  },
};

const clouds = target<string>({
  name: 'clouds',
  reads: 'clouds.yaml',
  costs: 10,
  prepare: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-fuzz-'));
    const file = join(folder, 'clouds.yaml');
    const environment = { OS_CLIENT_CONFIG_FILE: file, HOME: folder };
    return {
      inputs: fc.oneof(texts([stringify(CLOUDS)], YAML_WORDS), jsonTexts([CLOUDS])),
      read: async (text) => {
        writeFileSync(file, text);
        // Its address may be a planted key: whoever wrote one there meant it to be an address.
        await cloudAccount('production', environment, folder);
      },
      isTyped: isConfigurationError,
      close: () => rm(folder, { recursive: true }),
    };
  },
});

const identity = target<readonly [string, string]>({
  name: 'identity',
  reads: 'identity.key and identity.crt',
  costs: 20,
  prepare: async () => {
    const { privateKey, certificate } = await makeIdentity('ctl1', new Date());
    const words = ['-----BEGIN PRIVATE KEY-----', '-----END CERTIFICATE-----', '='];
    return {
      inputs: fc.oneof(
        fc.tuple(texts([privateKey, certificate], words), fc.constant(certificate)),
        fc.tuple(fc.constant(privateKey), texts([certificate, privateKey], words)),
      ),
      read: async ([key, crt]) =>
        (await readIdentity({ privateKey: key, certificate: crt }, 'identity.key')).name,
      isTyped: (error) => error instanceof EnvelopeError,
    };
  },
});

export const settingsTargets = [configuration, clouds, identity];
