/** Runs programs for the setup: quietly, unless they fail. Standard output stays free for the command that follows. */
import { spawnSync } from 'node:child_process';
import { projectRoot } from './paths.mjs';

/** What a person has to do before the setup can go on. Printed as it is, without a stack. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** Runs a program to its end and returns its output; throws with all of the output when it fails. */
export function run(program, args, env = {}) {
  const result = attempt(program, args, env);
  if (!result.ok) throw new SetupError(`${program} ${args.join(' ')} failed\n${result.output}`);
  return result.output;
}

/** The same, but failure is an answer. */
export function attempt(program, args, env = {}) {
  const result = spawnSync(program, args, {
    cwd: projectRoot,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`;
  return { ok: result.status === 0, output };
}
