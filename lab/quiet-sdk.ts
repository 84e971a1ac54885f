import { DefaultLogger, Runtime } from '@temporalio/worker';

/** For workers in this process: the SDK tells of every replay, and whoever starts them has words of their own. */
export function quietSdk(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'off', forward: {} } },
  });
}
