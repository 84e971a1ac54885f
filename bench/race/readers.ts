import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKey } from '../../keys/key.js';
import { sealToken } from '../../keys/token.js';
import { PythonScript } from './python-script.js';

/** As long as the payload of a project-scoped token. */
const PAYLOAD = Buffer.alloc(90);
const POLL_MS = 5;

/** Since the readers were started. */
export interface Counts {
  readonly reads: number;
  readonly unrecognized: number;
  readonly errors: number;
}

interface Answer extends Omit<Counts, 'reads'> {
  readonly readsByReader: readonly number[];
}

export interface ReaderOptions {
  /** For the list of live tokens; never the repository itself. */
  readonly directory: string;
  readonly repository: string;
  readonly readers: number;
  /** Content of the files of the keys that tokens may need at the start. */
  readonly keys: readonly Buffer[];
}

/** Processes that read a repository in tight loops with Keystone's own code. */
export class Readers {
  private constructor(
    private readonly script: PythonScript,
    private readonly liveTokens: string,
  ) {}

  /** Resolves when each of them reads. */
  static async start({ directory, repository, readers, keys }: ReaderOptions): Promise<Readers> {
    const liveTokens = join(directory, 'live-tokens');
    publish(liveTokens, keys);
    const started = new Readers(
      PythonScript.start('reader.py', [repository, liveTokens, `${readers}`]),
      liveTokens,
    );
    try {
      await started.settle();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  /** Makes a token with each of these keys: from now on they are the ones that must be good. */
  announce(keys: readonly Buffer[]): void {
    publish(this.liveTokens, keys);
  }

  /** Waits until each reader has made a read that began after now. */
  async settle(): Promise<Counts> {
    const { readsByReader: before } = await this.ask();
    for (;;) {
      const answer = await this.ask();
      if (answer.readsByReader.every((reads, reader) => reads >= before[reader]! + 2))
        return countsOf(answer);
      await sleep(POLL_MS);
    }
  }

  stop(): Promise<void> {
    return this.script.stop();
  }

  private async ask(): Promise<Answer> {
    return (await this.script.ask()) as Answer;
  }
}

function countsOf({ readsByReader, unrecognized, errors }: Answer): Counts {
  return { reads: readsByReader.reduce((sum, reads) => sum + reads, 0), unrecognized, errors };
}

/** As a whole, so that no reader sees half a list. */
function publish(file: string, keys: readonly Buffer[]): void {
  const tokens = keys.map((key) => sealToken(parseKey(key), PAYLOAD, new Date()).replace(/=+$/, ''));
  writeFileSync(`${file}.new`, `${tokens.join('\n')}\n`);
  renameSync(`${file}.new`, file);
}
