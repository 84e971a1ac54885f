/** Traces by OpenTelemetry, when its own environment variables say where they go; else nothing of it is loaded. */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

export interface Tracing {
  /** Of a client. */
  readonly starts: WorkflowClientInterceptor;
  /** Of a worker. */
  readonly activities: ActivityInterceptorsFactory;
  /** Sends what is left; does not wait long for a collector that is away. */
  stop(): Promise<void>;
}

/**
 * Variables of the OpenTelemetry specification ("Environment Variable Specification", "OTLP Exporter Configuration").
 *
 * @param service `service.name`, unless `OTEL_SERVICE_NAME` says another
 * @returns null when nobody wants traces
 */
export async function startTracing(service: string): Promise<Tracing | null> {
  const {
    OTEL_SDK_DISABLED: isDisabled = 'false',
    OTEL_TRACES_EXPORTER: exporter = 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint = '',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesEndpoint = '',
  } = process.env;
  const isWanted = exporter === 'otlp' && (endpoint !== '' || tracesEndpoint !== '');
  if (!isWanted || isDisabled.toLowerCase() === 'true') return null;
  const { openTracing } = await import('./provider.js');
  return openTracing(service);
}
