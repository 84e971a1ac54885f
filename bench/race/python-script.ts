import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { keystonePython, projectRoot } from '../../lab/tools.js';

/** A script that stands beside this file, in the Python that has Keystone's packages. */
export function scriptCommand(script: string): readonly string[] {
  return [keystonePython, '-W', 'ignore', join(projectRoot, 'bench/race', script)];
}

/**
 * A script that answers each line of its input with a line of JSON, and ends when its input does: also when we are gone,
 * however we ended.
 */
export class PythonScript {
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
  ) {
    this.lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
    // A script that has ended gives no answer; `answer` says so.
    child.stdin.on('error', () => {});
  }

  static start(script: string, args: readonly string[]): PythonScript {
    const [program, ...options] = scriptCommand(script);
    const child = spawn(program!, [...options, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    return new PythonScript(script, child);
  }

  /** One question at a time. */
  ask(): Promise<unknown> {
    this.child.stdin.write('\n');
    return this.answer();
  }

  /** @throws Error when the script has ended instead */
  async answer(): Promise<unknown> {
    const line = await this.lines.next();
    if (line.done === true) throw new Error(`${this.name} ended unexpectedly`);
    return JSON.parse(line.value) as unknown;
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    await this.ended;
  }
}
