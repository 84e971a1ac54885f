/** Programs that run to their end. */
import { execFile } from 'node:child_process';

/** Resolves with standard output; rejects with what it wrote when the program fails. */
export function runCommand(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error) reject(new Error(`${program} failed: ${error.message}\n${stdout}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end();
  });
}
