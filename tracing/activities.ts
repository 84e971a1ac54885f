import { SpanKind, SpanStatusCode, type Attributes, type Tracer } from '@opentelemetry/api';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { activityFields, problemsIn } from '../worker/activity-fields.js';
import { errorFields, knownFields } from '../worker/log.js';
import { contextOf } from './header.js';

/**
 * A span for each attempt of an activity, below what started its operation. It has the fields of the log, and of an error its
 * class and ours alone: what others say in theirs may hold anything.
 */
export function traceActivities(tracer: Tracer): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const span = tracer.startSpan(
          `RunActivity:${info.activityType}`,
          { kind: SpanKind.CONSUMER, attributes: attributesOf(activityFields(info, input.args[0])) },
          contextOf(input.headers),
        );
        try {
          const result = await next(input);
          const codes = problemsIn(result).map(({ code }) => code);
          if (codes.length > 0) span.setAttribute('rotor.problems', [...new Set(codes)]);
          return result;
        } catch (error) {
          const { code, reason } = errorFields(error);
          span.setStatus({ code: SpanStatusCode.ERROR });
          span.setAttributes(attributesOf({ code, reason }));
          throw error;
        } finally {
          span.end();
        }
      },
    },
  });
}

/** Of what may be said alone. */
function attributesOf(fields: object): Attributes {
  const known = Object.entries<string | number>({ ...knownFields(fields) });
  return Object.fromEntries(known.map(([name, value]) => [`rotor.${name}`, value]));
}
