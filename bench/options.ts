/** What the command lines of the benchmarks have in common. */
import { InvalidArgumentError } from 'commander';

/** @returns a parser of an option's value: a whole number, and not a smaller one */
export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`a whole number from ${least} up is expected`);
  };
}

/** Progress, on standard error: standard output is for the result alone. */
export function sayAs(benchmark: string): (line: string) => void {
  return (line) => process.stderr.write(`${benchmark}: ${line}\n`);
}
