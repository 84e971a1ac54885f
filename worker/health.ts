/** A worker's health endpoint: `/livez` and `/readyz`, each 200 or 503 with a JSON body. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { addressText, type SocketAddress } from '../core/addresses.js';
import { readHealth } from '../monitoring/health.js';

interface Served {
  readonly client: Client;
  readonly fleet: string;
  readonly taskQueues: readonly string[];
  readonly workers: readonly Worker[];
}

/**
 * Serves until it is closed.
 *
 * @throws Error when the address is taken or is none of this machine's
 */
export async function serveHealth(address: SocketAddress, served: Served): Promise<Server> {
  const server = createServer((request, response) => void answer(request.url, response, served));
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`can't serve health at ${addressText(address)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return server;
}

async function answer(url: string | undefined, response: ServerResponse, served: Served): Promise<void> {
  switch (url) {
    case '/livez':
      return send(response, livenessOf(served));
    case '/readyz':
      return send(response, await readinessOf(served));
    default:
      response.writeHead(404).end();
  }
}

/** Whether a restart would help: Temporal's being away is no reason, because the worker goes on when it is back. */
function livenessOf({ fleet, workers }: Served) {
  return { ok: workers.every((worker) => worker.getState() !== 'FAILED'), fleet };
}

async function readinessOf({ client, fleet, taskQueues, workers }: Served) {
  const health = await readHealth(client, fleet, taskQueues);
  const isDraining = workers.some((worker) => worker.getState() !== 'RUNNING');
  return { ...health, ok: health.ok && !isDraining, draining: isDraining };
}

function send(response: ServerResponse, body: { readonly ok: boolean }): void {
  response.writeHead(body.ok ? 200 : 503, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  response.end(`${JSON.stringify(body)}\n`);
}
