/** The trace that an operation belongs to, in a header of Temporal's, in the form of Temporal's own interceptors. */
import {
  ROOT_CONTEXT,
  defaultTextMapGetter,
  defaultTextMapSetter,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { TRACE_HEADER } from '../workflows/messages.js';

const PROPAGATOR = new W3CTraceContextPropagator();

export function headersOf(span: Span): Headers {
  const carrier: Record<string, string> = {};
  PROPAGATOR.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}

/** What a span here has for its parent; none, if nobody began a trace. */
export function contextOf({ [TRACE_HEADER]: header }: Headers): Context {
  const carrier = header ? defaultPayloadConverter.fromPayload<Record<string, string>>(header) : {};
  return PROPAGATOR.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
}
