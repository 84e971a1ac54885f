/** One HTTP request to Keystone: no redirects, which would carry a password to wherever they point, and bounded. */
import { request as overHttp, type IncomingHttpHeaders } from 'node:http';
import { request as overHttps } from 'node:https';

/** Far above what a loaded Keystone takes, far below what an activity may take. */
const TIMEOUT_MS = 15_000;
/** A catalog of a thousand endpoints takes half of one MiB. */
const MOST_BYTES = 8 * 1024 * 1024;

export interface Query {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificates to trust, PEM. Default: the system's. */
  readonly ca?: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @throws Error when there is no whole answer in time */
export function request(url: string, { method = 'GET', headers, body, ca }: Query): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? overHttps : overHttp;
    // A connection of its own: one that was kept may have been closed by a Keystone that restarted.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const question = send(url, { method, headers, signal, agent: false, ...(ca && { ca }) }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) response.destroy(new Error('too large an answer'));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    question.once('error', reject);
    // Without these an answer of 101, which nobody asked for, is no answer and no error.
    question.once('upgrade', (_, socket) => {
      socket.destroy();
      reject(new Error('another protocol'));
    });
    question.once('close', () => reject(new Error('no whole answer')));
    question.end(body);
  });
}
