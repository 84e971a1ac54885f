/** `rotor dashboard`: a page that shows, and lets say what a token allows. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { addressText } from '../core/addresses.js';
import type { Watched } from '../monitoring/fleet-reading.js';
import { createApi } from './api.js';
import { OperationsReader } from './operations.js';
import { Streams } from './streams.js';
import { FleetWatch } from './watch.js';
import type { Writes } from './writes.js';

/** Longer than reverse proxies keep what is idle: else one may send on a connection that is just being closed. */
const KEEP_ALIVE_MS = 75_000;

export interface DashboardOptions {
  readonly watched: Watched;
  readonly everyMs: number;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly staleAfterMs: number;
  readonly basePath: string;
  readonly hosts: readonly string[];
  readonly userHeader: string | null;
  readonly version: string;
  /** Null: nothing can be changed from here. */
  readonly writes: Writes | null;
}

export interface Dashboard {
  /** Of the page. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws Error when the address is taken, or is none of this machine's */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { watched, host, port, staleAfterMs, basePath } = options;
  const operations = new OperationsReader(watched);
  const watch = new FleetWatch(watched, operations, staleAfterMs);
  const streams = new Streams(watch);
  const { fetch } = createApi({ ...options, watch, streams, operations });
  const server = serve({ fetch, hostname: host, port }) as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await once(server, 'listening');
  const stopping = new AbortController();
  const watching = watch.run(stopping.signal);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${addressText({ host: address.address, port: address.port })}${basePath}/`,
    stop: async () => {
      stopping.abort();
      streams.end();
      server.close();
      server.closeAllConnections();
      await watching;
    },
  };
}
