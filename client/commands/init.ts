import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CONFIGURATION_TEMPLATE } from '../../configuration/template.js';
import { EXIT, UserError } from '../errors.js';
import { show, type GlobalOptions, type Io } from '../output.js';

export interface InitOptions extends GlobalOptions {
  readonly force?: boolean;
}

/** Writes a configuration to begin with. */
export async function init(io: Io, options: InitOptions): Promise<number> {
  const file = resolve(options.config ?? 'rotor.yaml');
  try {
    await writeFile(file, CONFIGURATION_TEMPLATE, { flag: options.force ? 'w' : 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new UserError('exists', `${file} exists already; --force overwrites it`);
    throw new UserError('cannot-write', `can't write ${file} (${code})`);
  }
  show(io, options, { file }, () => `wrote ${file}; enter your nodes, then start \`rotor worker\``);
  return EXIT.done;
}
