import { withoutSecrets } from '../core/secrets.js';

export interface ConfigurationProblem {
  /** Where in the file: `inventory[0].sites[1].name`; empty for the file as a whole. */
  readonly path: string;
  /** `expected …, got …` */
  readonly message: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** A configuration that can't be used; its message lists every problem, one a line, and never a password or a key. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  readonly problems: readonly ConfigurationProblem[];

  /** @param file the file's name as the user knows it, or what else the problems are in */
  constructor(file: string, found: readonly ConfigurationProblem[]) {
    const problems = found.map(({ path, message, ...place }) => ({
      path: withoutSecrets(path),
      message: withoutSecrets(message),
      ...place,
    }));
    super(problems.map((problem) => lineOf(file, problem)).join('\n'));
    this.problems = problems;
  }
}

function lineOf(file: string, { path, message, line }: ConfigurationProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return [place, path, message].filter((part) => part !== '').join(': ');
}
