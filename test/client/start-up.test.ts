import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { rotorProgram } from '../../lab/worker.js';

/** Writes the address of every module that is loaded to standard output. */
const TELLING = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    import { writeSync } from 'node:fs';
    export async function load(url, context, next) { writeSync(1, 'loaded ' + url + '\\\\n'); return next(url, context); }
  \`));`;

test.each(['--help', 'rotate --help', '--version'])(
  '`rotor %s` loads the declaration of the commands, and nothing that they do',
  (command) => {
    const telling = `data:text/javascript,${encodeURIComponent(TELLING)}`;
    const args = ['--import', telling, rotorProgram, ...command.split(' ')];
    const said = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const loaded = [...said.matchAll(/^loaded (file:.*)$/gm)].map(([, url]) => url!);
    expect(loaded.some((url) => url.endsWith('client/program.js'))).toBe(true);
    const packages = loaded.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
    expect(new Set(packages.filter((name) => name !== undefined))).toEqual(
      new Set(['commander', 'picocolors']),
    );
    expect(
      loaded.filter((url) => /dist\/(client\/commands|worker|workflows|monitoring)\//.test(url)),
    ).toEqual([]);
  },
);
