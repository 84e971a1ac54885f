/** Programs that run to their end. */
import { execFile } from 'node:child_process';

/**
 * Resolves with standard output; rejects with what it wrote when the program fails.
 *
 * @param env added to our own
 */
export function runCommand(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env } };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, stdout) => {
      if (error) reject(new Error(`${program} failed: ${error.message}\n${stdout}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end();
  });
}
