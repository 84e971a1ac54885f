/**
 * Hands on by which trace an operation was started, so that its activities are part of it. Nothing is measured in here: without a
 * trace nothing is handed on, and no command is another one.
 */
import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';
import { TRACE_HEADER } from './messages.js';

export function interceptors(): WorkflowInterceptors {
  let trace: Headers = {};
  const handOn = <Input extends { readonly headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...trace },
  });
  return {
    inbound: [
      {
        execute: (input, next) => {
          const { [TRACE_HEADER]: known } = input.headers;
          if (known) trace = { [TRACE_HEADER]: known };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(handOn(input)),
        startChildWorkflowExecution: (input, next) => next(handOn(input)),
        continueAsNew: (input, next) => next(handOn(input)),
      },
    ],
  };
}
