import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../lab/tools.js';

/** Everything that is written in a folder, but for this file. */
const writtenIn = (folder: string) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && basename(file) !== basename(import.meta.filename))
    .map((file) => readFileSync(join(projectRoot, folder, file), 'utf8'))
    .join('\n');

const sources =
  writtenIn('core/doctor') + readFileSync(join(projectRoot, 'monitoring/temporal-facts.ts'), 'utf8');
const codes = new Set([...sources.matchAll(/(?:code: |error\(\s*)'([a-z-]+)'/g)].map(([, code]) => code!));
const tests = ['test/core/doctor', 'test/integration', 'test/monitoring'].map(writtenIn).join('\n');
const description = readFileSync(join(projectRoot, 'docs/doctor.md'), 'utf8');

test('the codes of the doctor are found', () => expect(codes.size).toBeGreaterThan(25));

test.each([...codes])('%s is described, and a test plants it', (code) => {
  expect(description).toContain(`\`${code}\``);
  expect(tests).toMatch(new RegExp(`\\b${code}\\b`));
});
