import { describe, expect, test, vi } from 'vitest';
import { runForJson } from '../../inventories/program.js';
import { list, refusal, shortly } from './scene.js';

const print = (value: unknown) => ({
  kind: 'command',
  argv: ['/bin/echo', typeof value === 'string' ? value : JSON.stringify(value)],
});
const sites = (...nodes: object[]) => ({ sites: [{ name: 'one', nodes }] });

describe('a command', () => {
  test('lists nodes in the shape of static', async () => {
    expect(shortly(await list([print(sites({ name: 'ctl1', address: '192.0.2.1' }))]))).toEqual([
      'ctl1 one 192.0.2.1',
    ]);
  });

  test('sees none of the worker’s variables but those that it was given', async () => {
    vi.stubEnv('ROTOR_TEST_TOKEN', 'given');
    vi.stubEnv('ROTOR_TEST_PASSWORD', 'hidden');
    const script = `echo "[\\"$ROTOR_TEST_TOKEN\\", \\"$ROTOR_TEST_PASSWORD\\"]"`;
    const run = {
      label: 'x',
      argv: ['/bin/sh', '-c', script],
      environment: ['ROTOR_TEST_TOKEN'],
      folder: '/',
    };
    expect(await runForJson(run)).toEqual(['given', '']);
    vi.unstubAllEnvs();
  });

  test.each([
    [
      'that fails',
      { kind: 'command', argv: ['/bin/false'] },
      /^inventory\[0\] \(command \/bin\/false\): .*ended with 1/,
    ],
    ['that is not there', { kind: 'command', argv: ['/bin/none'] }, /can't be run \(ENOENT\)/],
    ['that prints no JSON', print('hello'), /printed no JSON/],
    ['that prints another shape', print([]), /expected a section with fields of its own/],
    [
      'that leaves an address out',
      print(sites({ name: 'ctl1' })),
      /sites\[0\]\.nodes\[0\]\.address: expected an address, or pull: true/,
    ],
    ['that lists nothing', print({ sites: [] }), /sites: expected at least one entry/],
    [
      'that lists a node twice',
      print(sites({ name: 'a', address: 'x' }, { name: 'a', address: 'y' })),
      /a node name of its own/,
    ],
  ])('%s is an error, and never a smaller fleet', async (_, source, message) => {
    expect(await refusal([source])).toMatch(message);
  });

  test('is bounded in time and output, and takes what it started with it', async () => {
    const run = { label: 'x', environment: [], folder: '/' };
    const slow = runForJson({ ...run, argv: ['/bin/sh', '-c', 'sleep 600 & wait'], timeoutMs: 200 });
    await expect(slow).rejects.toThrow('did not end within 200ms');
    const long = runForJson({ ...run, argv: ['/usr/bin/yes'], mostOutputBytes: 1000 });
    await expect(long).rejects.toThrow('printed more than 1000 bytes');
  });

  test('what it says on standard error, and its arguments, are in no message', async () => {
    const message = await refusal([
      { kind: 'command', argv: ['/bin/sh', '-c', 'echo hunter2 >&2; exit 3', '--token=hunter2'] },
    ]);
    expect(message).toContain('ended with 3');
    expect(message).not.toContain('hunter2');
  });
});
