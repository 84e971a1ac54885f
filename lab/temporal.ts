/** Temporal's dev server on a database file. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePort } from './ports.js';
import { startProcess } from './processes.js';
import { temporalProgram } from './tools.js';

export interface TemporalOptions {
  /** For the database and the log; a server started again in the same directory finds its state. */
  readonly directory: string;
  /** Whether to serve the web UI; default false. */
  readonly ui?: boolean;
  /** Default: free ones. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Custom search attributes, as `Name=Type`. */
  readonly searchAttributes?: readonly string[];
  /** Settings of the server, as `key=JSON`. */
  readonly settings?: readonly string[];
}

export interface TemporalServer {
  /** `host:port`. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly databaseFile: string;
  readonly log: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** SIGKILL, to see what survives a crash. */
  kill(): Promise<void>;
}

/** Starts a dev server and waits until its frontend answers. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  mkdirSync(options.directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const uiPort = options.ui ? (options.uiPort ?? (await freePort())) : null;
  const address = `127.0.0.1:${port}`;
  const databaseFile = join(options.directory, 'temporal.db');
  const log = join(options.directory, 'temporal.log');
  const settings = (options.settings ?? []).flatMap((each) => ['--dynamic-config-value', each]);
  const attributes = (options.searchAttributes ?? []).flatMap((each) => ['--search-attribute', each]);
  const server = await startProcess({
    program: temporalProgram,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', `${uiPort}`]),
      ...['--db-filename', databaseFile, '--sqlite-pragma', 'journal_mode=WAL', '--log-level', 'warn'],
      ...attributes,
      ...settings,
    ],
    log,
    isReady: () => answers(address),
  });
  const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
  return {
    address,
    uiUrl,
    databaseFile,
    log,
    pid: server.pid,
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

/** The namespace is made after the port is open, so the port alone is not enough. */
async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '1s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}
