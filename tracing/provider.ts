/** OpenTelemetry's SDK, sending by OTLP over HTTP (JSON). */
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { traceActivities } from './activities.js';
import { traceStarts } from './starts.js';
import type { Tracing } from './tracing.js';

/** Of a command, which nobody wants to wait for a collector. */
const LAST_SPANS_WITHIN_MS = 2_000;

export function openTracing(service: string): Tracing {
  const resource = resourceFromAttributes({ 'service.name': service }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('rotor');
  return {
    starts: traceStarts(tracer),
    activities: traceActivities(tracer),
    stop: async () => {
      const sent = provider.shutdown().catch(() => {});
      await Promise.race([sent, sleep(LAST_SPANS_WITHIN_MS, null, { ref: false })]);
    },
  };
}
