/** A dashboard over the shared Temporal server, with scripted operations. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { startDashboardProcess, type DashboardProcess } from '../../lab/dashboard.js';
import { startSeedingWorker } from '../../lab/seeding/worker.js';

export interface DashboardScene {
  readonly client: Client;
  readonly dashboard: DashboardProcess;
  readonly config: string;
  /** What the API answers at an address below the page's. */
  read(address: string, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
  stop(): Promise<void>;
}

export async function startDashboardScene(
  fleet: string,
  address: string,
  options: readonly string[] = [],
): Promise<DashboardScene> {
  const directory = mkdtempSync(join(tmpdir(), `rotor-${fleet}-`));
  const config = join(directory, 'rotor.yaml');
  const nodes = [{ name: 'ctl1', address: '127.0.0.1', repository: '/etc/keystone/fernet-keys' }];
  writeFileSync(
    config,
    stringify({
      fleet,
      temporal: { address },
      tokens: { expiration: '24h', allowExpiredWindow: '48h' },
      ssh: { user: 'rotor', identityFile: '/nowhere', knownHosts: '/nowhere' },
      inventory: [{ kind: 'static', sites: [{ name: 'region-one', nodes }] }],
    }),
  );
  const worker = await startSeedingWorker(address, fleet);
  const dashboard = await startDashboardProcess(config, join(directory, 'dashboard.log'), options);
  const connection = await Connection.connect({ address });
  return {
    client: new Client({ connection }),
    dashboard,
    config,
    read: async (path, headers = {}) => {
      const response = await fetch(`${dashboard.url}${path}`, { headers });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
    },
    stop: async () => {
      await dashboard.stop();
      await worker.stop();
      await connection.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
