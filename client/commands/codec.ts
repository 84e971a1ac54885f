import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { findConfiguration, loadConfiguration } from '../../configuration/load.js';
import { addressText } from '../../core/addresses.js';
import { codecOf } from '../../payloads/data-converter.js';
import { answerCodecRequest, type CodecAnswer } from '../../payloads/endpoint.js';
import { EXIT, UserError, usageError } from '../errors.js';
import { listenAddress } from '../listen-address.js';
import { remark, type GlobalOptions, type Io } from '../output.js';
import { untilSignal } from '../until-signal.js';

export interface CodecOptions extends GlobalOptions {
  readonly listen: string;
  readonly uiOrigin?: string;
}

/** A page of a history that the UI shows at once is some MiB at most. */
const MOST_BYTES = 16 * 1024 * 1024;
const TOO_LARGE: CodecAnswer = { status: 413, headers: { connection: 'close' }, body: '' };

/** Decompresses and decrypts for Temporal's UI and CLI until it is told to end. */
export async function codec(io: Io, options: CodecOptions): Promise<number> {
  const configuration = await loadConfiguration(await findConfiguration(options.config));
  const fleetCodec = codecOf(configuration);
  const uiOrigin = options.uiOrigin === undefined ? undefined : checkedOrigin(options.uiOrigin);
  const server = createServer((request, response) => {
    void answerTo(request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      () => response.destroy(), // who asked went away
    );
  });
  const answerTo = async (request: IncomingMessage): Promise<CodecAnswer> => {
    const body = await bodyOf(request);
    if (body === null) return TOO_LARGE;
    const { method = '', url = '', headers } = request;
    return answerCodecRequest(fleetCodec, uiOrigin, { method, path: url, origin: headers.origin, body });
  };
  const address = await listen(server, options.listen);
  remark(io, `codec of fleet ${configuration.fleet} at http://${address}`);
  await untilSignal();
  server.closeAllConnections();
  server.close();
  return EXIT.done;
}

function checkedOrigin(text: string): string {
  if (/^https?:\/\/[^/?#@\s]+$/.test(text)) return text;
  throw usageError(
    `--ui-origin: expected scheme, host and port of a page, such as http://127.0.0.1:8233, got ${JSON.stringify(text)}`,
  );
}

async function listen(server: Server, text: string): Promise<string> {
  const address = listenAddress('--listen', text);
  server.listen(address);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new UserError('listen', `can't listen at ${addressText(address)} (${error.code})`);
  });
  const bound = server.address();
  return addressText({ ...address, port: (bound as AddressInfo).port });
}

/** Null when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
