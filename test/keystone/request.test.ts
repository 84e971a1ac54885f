import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { identityEndpoints } from '../../keystone/catalog.js';
import { KeystoneError, issueToken, passwordCredentials } from '../../keystone/identity.js';

/** What answers in place of a Keystone, found by `npm run fuzz`. */
const CREDENTIALS = passwordCredentials({
  ...{ username: 'rotor', password: 'secret', project: 'service' },
  ...{ userDomain: 'Default', projectDomain: 'Default' },
});

let server: Server;
afterEach(() => server.close());

async function serverThatSays(...answers: string[]): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answers.shift() ?? ''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
}

test.each([
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\ncut off',
  'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  '',
])('an answer that is none is no answer: %j', async (answer) => {
  await expect(issueToken(await serverThatSays(answer), CREDENTIALS)).rejects.toThrow(KeystoneError);
});

test('a list of services with something else in it is no list', async () => {
  const url = await serverThatSays(
    'HTTP/1.1 201 Created\r\nX-Subject-Token: t\r\nContent-Length: 2\r\n\r\n{}',
    'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"services":[null]}',
  );
  await expect(identityEndpoints(url, CREDENTIALS, 'internal')).rejects.toThrow('gave no list of services');
});
