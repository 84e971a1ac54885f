import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { issuingKeys } from './key-files.js';
import type { Contestant, Method } from './method.js';
import { peers } from './peers.js';
import { Readers, type Counts } from './readers.js';
import { rotor } from './rotor.js';

/** Enough reads to show what a peer's way does; it need not be shown to be rare. */
const LEAST_READS_OF_PEERS = 20_000;
/** Between two lines of progress. */
const PROGRESS_ROTATIONS = 25;

export const contestants: readonly Contestant[] = [rotor, ...peers];

export interface RaceOptions {
  /** Of our own; it exists. */
  readonly directory: string;
  /** Least rotations of each method. */
  readonly rotations: number;
  /** Least reads beside our own method. */
  readonly reads: number;
  /** Processes that read each repository. */
  readonly readers: number;
  readonly pauseMs: number;
  /** Names; null for all. */
  readonly only: readonly string[] | null;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface MethodResult {
  readonly name: string;
  readonly rotations: number;
  readonly reads: number;
  /** A token that had to be good was refused: "Could not recognize Fernet token", a 404 or 401. */
  readonly unrecognized: number;
  /** Loading failed: a vanished or damaged file, or no keys at all. A 500. */
  readonly errors: number;
  readonly pauseMs?: number;
}

export interface RaceResult {
  readonly reads: number;
  readonly methods: readonly MethodResult[];
}

/** One method after the other, each on a repository and with readers of its own. */
export async function runRace(options: RaceOptions): Promise<RaceResult> {
  const methods: MethodResult[] = [];
  for (const contestant of contestants) {
    if (options.only?.includes(contestant.name) ?? true)
      methods.push(await runContestant(contestant, options));
  }
  return { reads: methods.reduce((sum, { reads }) => sum + reads, 0), methods };
}

async function runContestant(contestant: Contestant, options: RaceOptions): Promise<MethodResult> {
  const { pauseMs, signal, readers: readerCount } = options;
  const directory = join(options.directory, contestant.name.replace(/\W/g, '-'));
  mkdirSync(directory);
  const method = await contestant.start({ directory, pauseMs, signal });
  try {
    const { repository } = method;
    const keys = issuingKeys(repository);
    const readers = await Readers.start({ directory, repository, readers: readerCount, keys });
    try {
      return await rotateUnder(method, readers, options);
    } finally {
      await readers.stop();
    }
  } finally {
    await method.stop();
  }
}

async function rotateUnder(method: Method, readers: Readers, options: RaceOptions): Promise<MethodResult> {
  const leastReads = method.name === rotor.name ? options.reads : LEAST_READS_OF_PEERS;
  const start = await readers.settle();
  let counts: Counts = { reads: 0, unrecognized: 0, errors: 0 };
  for (let rotations = 0; ; rotations++) {
    const isEnough = rotations >= options.rotations && counts.reads >= leastReads;
    const result = { name: method.name, rotations, ...counts };
    if (isEnough || rotations % PROGRESS_ROTATIONS === 0) options.say(describe(result));
    if (isEnough) return method.pauseMs === undefined ? result : { ...result, pauseMs: method.pauseMs };
    options.signal.throwIfAborted();
    await method.rotate((keys) => readers.announce(keys));
    // Rotations are hours apart in practice: no read may see two of them.
    counts = since(start, await readers.settle());
  }
}

function since(start: Counts, now: Counts): Counts {
  return {
    reads: now.reads - start.reads,
    unrecognized: now.unrecognized - start.unrecognized,
    errors: now.errors - start.errors,
  };
}

function describe({ name, rotations, reads, unrecognized, errors }: MethodResult): string {
  return `${name}: ${rotations} rotations, ${reads} reads, ${unrecognized} unrecognized, ${errors} errors`;
}
