import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Violation, judge } from '../../fuzz/judge.js';
import { PLANTED_FORMS, PLANTED_TEXT, plantedIn } from '../../fuzz/planted.js';
import type { Prepared } from '../../fuzz/target.js';
import { targets } from '../../fuzz/targets/index.js';
import { projectRoot } from '../../lab/tools.js';
import fc from 'fast-check';

const run = promisify(execFile);
const FUZZ = join(projectRoot, 'dist/fuzz');

test('a slice of every parser of outside input: a typed error or a value, no hang, and no key in what is said', async () => {
  const { stdout } = await run(process.execPath, [join(FUZZ, 'main.js')]).catch(
    ({ stdout }: { stdout: string }) => ({ stdout }),
  );
  const summary = stdout.trim().split('\n').at(-1);
  expect(summary, stdout).toMatch(/^\d+ inputs, 0 failures, seed \d+$/);
  for (const { name } of targets) expect(stdout).toMatch(new RegExp(`^${name} +[1-9]\\d* inputs`, 'm'));
});

describe('what the fuzzer refuses to pass', () => {
  class Typed extends Error {}
  const parser = (read: () => unknown): Prepared<null> => ({
    inputs: fc.constant(null),
    read,
    isTyped: (error) => error instanceof Typed,
  });
  const throwing = (error: unknown) =>
    parser(() => {
      throw error as Error;
    });

  test.each<[string, Prepared<null>]>([
    ['another error', throwing(new TypeError('x is undefined'))],
    ['no error at all', throwing('a text')],
    ['a key in the message', throwing(new Typed(`bad: ${PLANTED_TEXT}`))],
    ['a key in the cause', throwing(new Typed('bad', { cause: new Error(PLANTED_TEXT) }))],
    ['a key in a field', throwing(Object.assign(new Typed('bad'), { found: PLANTED_TEXT }))],
    ['a key in what a value says', parser(() => ({ name: PLANTED_TEXT }))],
  ])('%s', async (_, prepared) => {
    await expect(judge(prepared, null)).rejects.toThrow(Violation);
  });

  test('and a typed error, and a value, are passed', async () => {
    expect(await judge(throwing(new Typed('bad')), null)).toBe('refused');
    expect(
      await judge(
        parser(() => ({ name: 'ctl1' })),
        null,
      ),
    ).toBe('taken');
  });

  test('every form in which keys are planted is found again', () => {
    for (const form of PLANTED_FORMS) expect(plantedIn(`a ${form.toString('latin1')} b`)).not.toBeNull();
  });

  test.each([
    ['for (;;) {}', 'no answer within'],
    ['return new Promise(() => {})', 'no answer within'],
    ["process.emitWarning('here is a piece of it')", 'a warning was written to the log'],
  ])('a parser that does: %s', async (body, message) => {
    const module = `data:text/javascript,${encodeURIComponent(
      `import fc from '${import.meta.resolve('fast-check')}';
       export const targets = [{ name: 'wrong', prepare: () => ({ inputs: fc.nat(), read: () => { ${body} }, isTyped: () => true }) }];`,
    )}`;
    const script = `
      import { runTarget } from '${join(FUZZ, 'run.js')}';
      const outcome = await runTarget(${JSON.stringify({ module, name: 'wrong', inputs: 5, seed: 1, patienceMs: 500 })});
      process.stdout.write(JSON.stringify(outcome));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect((JSON.parse(stdout) as { failure: { message: string } }).failure.message).toContain(message);
  });
});
