/** The API as OpenAPI 3.1 describes it, made of the schemas that the answers' types are made of. */
import { z } from 'zod';
import { fleetQuery, operationsQuery } from './parameters.js';
import * as schemas from './schemas.js';
import { WRITE_PATH } from './writes.js';

interface Described {
  readonly summary: string;
  readonly answer: keyof typeof ANSWERS;
  readonly query?: z.ZodObject;
  readonly path?: readonly string[];
  readonly type?: string;
}

const ANSWERS = {
  Overview: schemas.overview,
  Fleet: schemas.fleet,
  Operations: schemas.operations,
  Operation: schemas.operation,
  Phases: schemas.phases,
  Keys: schemas.keys,
  Schedule: schemas.schedule,
  Session: schemas.session,
  Said: schemas.said,
  Failure: schemas.failure,
} as const;

/** Below the base path. */
export const PATHS: Readonly<Record<string, Described>> = {
  '/api/overview': { summary: 'is all well, what runs, when is the next one', answer: 'Overview' },
  '/api/fleet': {
    summary: 'sites, nodes and keys as they were seen last',
    answer: 'Fleet',
    query: fleetQuery,
  },
  '/api/operations': {
    summary: 'past operations that match, the latest first; those that run always',
    answer: 'Operations',
    query: operationsQuery,
  },
  '/api/operations/{runId}': {
    summary: 'one operation: steps, what was in the way each time, keys before and after, what to type next',
    answer: 'Operation',
    path: ['runId'],
  },
  '/api/operations/{runId}/phases': { summary: 'its phases', answer: 'Phases', path: ['runId'] },
  '/api/keys': { summary: 'lives of all keys that are remembered', answer: 'Keys' },
  '/api/schedule': { summary: "the timer's next runs and its health", answer: 'Schedule' },
  '/api/session': { summary: 'who asks', answer: 'Session' },
};

/** @param isWritable whether /api/say is served */
export function openApi(version: string, isWritable: boolean): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'rotor dashboard',
      version,
      description: `${isWritable ? 'What is written needs the token.' : 'Read-only.'} Every answer knows fingerprints of keys, never a key.`,
    },
    paths: {
      ...Object.fromEntries(
        Object.entries(PATHS).map(([path, described]) => [path, { get: operationOf(described) }]),
      ),
      ...(isWritable && { [WRITE_PATH]: { post: SAYING } }),
      '/api/fleet.csv': {
        get: {
          summary: 'the nodes of /api/fleet for a spreadsheet',
          parameters: parametersOf(fleetQuery, []),
          responses: {
            200: { description: 'a row a node', content: { 'text/csv': { schema: { type: 'string' } } } },
          },
        },
      },
      '/api/events': {
        get: {
          summary: 'server-sent events: `overview`, with what /api/overview answers, whenever it is another',
          responses: {
            200: {
              description: 'a stream',
              content: { 'text/event-stream': { schema: { type: 'string' } } },
            },
          },
        },
      },
    },
    components: {
      ...(isWritable && { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
      schemas: Object.fromEntries(
        Object.entries(ANSWERS).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
      ),
    },
  };
}

const SAYING = {
  summary: 'a word to the operation that runs, or the start of a rotation',
  security: [{ token: [] }],
  requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(schemas.word) } } },
  responses: {
    200: { description: 'it was said', content: contentOf('Said') },
    default: { description: 'refused; the message says why', content: contentOf('Failure') },
  },
};

function operationOf({ summary, answer, query, path = [] }: Described): object {
  return {
    summary,
    parameters: parametersOf(query, path),
    responses: {
      200: { description: summary, content: contentOf(answer) },
      default: { description: 'refused, or it failed; the message says why', content: contentOf('Failure') },
    },
  };
}

function contentOf(answer: keyof typeof ANSWERS): object {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } };
}

function parametersOf(query: z.ZodObject | undefined, path: readonly string[]): object[] {
  const inPath = path.map((name) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string', format: 'uuid' },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false },
    schema: jsonSchemaOf(schema as z.ZodType),
  }));
  return [...inPath, ...inQuery];
}

function jsonSchemaOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
      delete jsonSchema.$schema;
    },
  });
}
