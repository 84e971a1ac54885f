import type { z } from 'zod';
import { mayBeSecret } from '../core/secrets.js';
import type { ConfigurationProblem } from './configuration-error.js';
import { pathText } from './fields.js';
import type { YamlFile } from './yaml-file.js';

type LocatedProblem = Required<ConfigurationProblem>;

const LONGEST_QUOTE = 60;

/** What is expected, for issues whose schema does not say it itself. Zod appends it as the issue's message. */
export function expectedText(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'array' ? 'at least one entry' : `at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`;
    default:
      return 'another value';
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  object: 'a section with fields of its own',
  array: 'a list',
};

/** Every issue that Zod found, as problems that name their place in the file, from top to bottom. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], file: YamlFile): LocatedProblem[] {
  const problems = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [problemAt(issue.path, issue.message, file)];
    const expectations = issue.message.split('\n');
    return issue.keys.map((key, position) =>
      unknownField([...issue.path, key], expectations[position]!, file),
    );
  });
  return problems.sort((a, b) => a.line - b.line);
}

function problemAt(path: readonly PropertyKey[], expected: string, file: YamlFile): LocatedProblem {
  const message = `expected ${expected}, got ${quote(path, valueAt(file.value, path))}`;
  return { path: pathText(path), message, line: file.lineAt(path) };
}

/** The value of a field that we don't know may be a secret that was put in the wrong place. */
function unknownField(path: readonly PropertyKey[], expected: string, file: YamlFile): LocatedProblem {
  const message = `expected ${expected}, got an unknown field`;
  return { path: pathText(path), message, line: file.lineAt(path) };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (parent, segment) =>
      typeof parent === 'object' && parent !== null
        ? (parent as Record<PropertyKey, unknown>)[segment]
        : undefined,
    value,
  );
}

/** What was found, short, and without what may be a password. */
function quote(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a section';
  if (path.includes('password')) return `a ${typeof value}`;
  if (typeof value === 'string' && mayBeSecret(value)) return `a text of ${value.length} characters`;
  const text = JSON.stringify(value).replace(/\/\/[^/]*@/, '//…@');
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
