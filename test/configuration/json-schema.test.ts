import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationJsonSchema } from '../../configuration/json-schema.js';
import { CONFIGURATION_TEMPLATE } from '../../configuration/template.js';
import { keystonePython } from '../../lab/tools.js';
import { MINIMAL } from './files.js';

/** Keystone brings `jsonschema`, an implementation that is not ours. */
const CHECK = `
import json, sys
from jsonschema import Draft202012Validator
schema, documents = json.load(sys.stdin)
Draft202012Validator.check_schema(schema)
print(json.dumps([Draft202012Validator(schema).is_valid(document) for document in documents]))
`;

function validity(documents: readonly unknown[]): boolean[] {
  const input = JSON.stringify([configurationJsonSchema(), documents]);
  return JSON.parse(execFileSync(keystonePython, ['-c', CHECK], { input, encoding: 'utf8' })) as boolean[];
}

describe('configurationJsonSchema', () => {
  it('is a valid schema of draft 2020-12 that accepts what loads and refuses what does not', () => {
    const accepted = [MINIMAL, parse(CONFIGURATION_TEMPLATE) as unknown];
    const refused = [
      {},
      { ...MINIMAL, fleet: 'a b' },
      { ...MINIMAL, unknown: 1 },
      { ...MINIMAL, tokens: {} },
    ];
    expect(configurationJsonSchema().$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(validity([...accepted, ...refused])).toEqual([true, true, false, false, false, false]);
  });
});
