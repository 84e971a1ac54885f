/**
 * What a worker says, to standard error: JSON, one object a line, for journald and containers; sentences at a terminal. Only
 * fields that are named here get out, so that whatever an error or an argument carries, no key can be part of it.
 */
import { pino, stdTimeFunctions } from 'pino';

export interface LogFields {
  readonly fleet?: string;
  /** Workflow ID of the operation, and its run. */
  readonly rotation?: string;
  readonly run?: string;
  readonly phase?: string;
  readonly site?: string;
  readonly node?: string;
  readonly nodes?: number;
  readonly activity?: string;
  readonly attempt?: number;
  readonly taskQueue?: string;
  readonly milliseconds?: number;
  /** Of a node's problem; or of a failure, its class. */
  readonly code?: string;
  /** The text of an error of ours, whose text holds no key. */
  readonly reason?: string;
  /** Places in the program, without the error's own text. */
  readonly stack?: string;
}

const FIELDS = [
  'fleet',
  'rotation',
  'run',
  'phase',
  'site',
  'node',
  'nodes',
  'activity',
  'attempt',
  'taskQueue',
  'milliseconds',
  'code',
  'reason',
  'stack',
] as const satisfies readonly (keyof LogFields)[];

export type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, message: string, fields?: LogFields) => void;

export function createLog(fleet: string, isTerminal: boolean): Log {
  if (isTerminal)
    return (_level, message) => void process.stderr.write(`rotor worker for fleet ${fleet}: ${message}\n`);
  const logger = pino(
    {
      base: { fleet },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    // At once, because a worker may be killed at any moment.
    pino.destination({ fd: process.stderr.fd, sync: true }),
  );
  return (level, message, fields = {}) => logger[level](knownFields(fields), message);
}

/** Plain values of known names, whatever the object is at run time. */
export function knownFields(fields: object): LogFields {
  const entries = FIELDS.map((name) => [name, (fields as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(
    entries.filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}

/** Errors whose texts this program wrote itself, for people. */
const OURS = new Set(['PayloadError', 'ConfigurationError', 'InventoryError', 'NodeError', 'EnvelopeError']);

/** An error by its class and the places that it came through: the text of another than ours may hold anything. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { code: typeof error };
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const ours = OURS.has(error.name) ? { reason: error.message } : {};
  return { code: error.name, ...ours, stack: places.join('\n') };
}
