import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { headersOf } from './header.js';

/** A trace begins with whatever a command starts. */
export function traceStarts(tracer: Tracer): WorkflowClientInterceptor {
  return {
    async startWithDetails(input, next) {
      const { workflowId } = input.options;
      const span = tracer.startSpan(`StartWorkflow:${input.workflowType}`, {
        kind: SpanKind.PRODUCER,
        attributes: { 'rotor.rotation': workflowId },
      });
      try {
        const started = await next({ ...input, headers: { ...input.headers, ...headersOf(span) } });
        span.setAttribute('rotor.run', started.runId);
        return started;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  };
}
