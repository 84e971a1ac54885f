/** Answers of a Keystone, or of whatever answers in its place: bytes over TCP. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { sealToken } from '../../keys/token.js';
import { identityEndpoints } from '../../keystone/catalog.js';
import { KeystoneError, issueToken, passwordCredentials, validateToken } from '../../keystone/identity.js';
import { probe } from '../../keystone/probe.js';
import { bytes, jsonTexts } from '../inputs.js';
import { PLANTED_KEYS, PLANTED_TEXT } from '../planted.js';
import { target } from '../target.js';

const CREDENTIALS = passwordCredentials({
  ...{ username: 'rotor', password: PLANTED_TEXT, project: 'service' },
  ...{ userDomain: 'Default', projectDomain: 'Default' },
});

const [ISSUING, ASKED] = PLANTED_KEYS as [Buffer, Buffer];

function answer(status: string, body: string, headers: readonly string[] = []): Buffer {
  return Buffer.from(
    [
      `HTTP/1.1 ${status}`,
      ...headers,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}

const TOKEN = sealToken(ISSUING, Buffer.from('payload'), new Date('2026-01-01T00:00:00Z'));
const ISSUED = answer('201 Created', '{"token":{}}', [
  `X-Subject-Token: ${TOKEN}`,
  'Date: Thu, 01 Jan 2026 00:00:00 GMT',
]);
const NOT_FOUND = answer('404 Not Found', '{"error":{}}');
const OK = answer('200 OK', '{"token":{}}');
const SERVICES = { services: [{ id: 'a', type: 'identity', name: PLANTED_TEXT }] };
const ENDPOINTS = {
  endpoints: [{ service_id: 'a', region_id: 'one', url: 'http://192.0.2.11:5000', enabled: true }],
};

type Question = (url: string) => Promise<unknown>;

const QUESTIONS: readonly Question[] = [
  async (url) => (await issueToken(url, CREDENTIALS)).clockOffsetMs,
  (url) => validateToken(url, { authToken: 'a', subjectToken: 'b' }),
  (url) => identityEndpoints(url, CREDENTIALS, 'internal').then(() => undefined),
  (url) =>
    probe({
      url,
      credentials: CREDENTIALS,
      issuingKeys: [ISSUING],
      keys: [{ fingerprint: 'f', key: ASKED }],
    }),
];

const changed = bytes(
  [
    ISSUED,
    NOT_FOUND,
    OK,
    answer('200 OK', JSON.stringify(SERVICES)),
    answer('200 OK', JSON.stringify(ENDPOINTS)),
  ],
  [
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 99999\r\n',
    'Location: http://192.0.2.1/\r\n',
    'Date: never\r\n',
    '\r\n\r\n',
    'ffffffff\r\n',
  ],
);

/** Right ones and changed ones, in the order in which they are asked for. */
const answers = fc.oneof(
  fc.array(fc.oneof(changed, fc.constantFrom(ISSUED, NOT_FOUND, OK)), { minLength: 1, maxLength: 4 }),
  fc
    .tuple(jsonTexts([SERVICES]), jsonTexts([ENDPOINTS]))
    .map(([services, endpoints]) => [ISSUED, answer('200 OK', services), answer('200 OK', endpoints)]),
  changed.map((last) => [ISSUED, NOT_FOUND, last]),
);

interface Exchange {
  readonly question: number;
  readonly answers: readonly Buffer[];
}

const keystone = target<Exchange>({
  name: 'keystone',
  reads: "Keystone's answers",
  costs: 20,
  prepare: async () => {
    let left: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(left.length > 1 ? left.shift()! : left[0]!));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
    return {
      inputs: fc.record({ question: fc.nat(QUESTIONS.length - 1), answers }),
      read: (exchange) => {
        left = [...exchange.answers];
        return QUESTIONS[exchange.question]!(url);
      },
      isTyped: (error) => error instanceof KeystoneError,
      close: async () => {
        server.close();
        await once(server, 'close');
      },
    };
  },
});

export const keystoneTargets = [keystone];
