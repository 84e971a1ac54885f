import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../lab/tools.js';
import { RULES_FILE, alerts, metricsAskedFor } from '../support/alert-files.js';

const promtool = (...args: string[]) => execFileSync('promtool', args, { encoding: 'utf8' });

test('Prometheus takes the alert rules', () => {
  expect(promtool('check', 'rules', RULES_FILE)).toContain(`SUCCESS: ${alerts().length} rules found`);
});

test('each alert fires when it should, and none for a healthy fleet', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rotor-rules-'));
  try {
    const file = join(directory, 'test.yml');
    const cases = readFileSync(join(projectRoot, 'test/packaging/rotor-rules.yml'), 'utf8');
    writeFileSync(file, cases.replace('ROTOR_RULES', RULES_FILE));
    expect(promtool('test', 'rules', file)).toContain('SUCCESS');
    for (const { alert } of alerts()) expect(cases).toContain(alert);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('each alert has a severity, a summary, and a section that says what to do', () => {
  const headings = [...readFileSync(join(projectRoot, 'docs/alerts.md'), 'utf8').matchAll(/^## (\w+)$/gm)];
  const sections = headings.map(([, heading]) => `docs/alerts.md#${heading!.toLowerCase()}`);
  for (const { labels, annotations } of alerts()) {
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\w/);
    expect(sections).toContain(annotations.runbook);
  }
  expect(sections).toHaveLength(alerts().length);
});

test('every metric that is asked for is described', () => {
  const described = readFileSync(join(projectRoot, 'docs/metrics.md'), 'utf8');
  for (const { metric } of metricsAskedFor()) expect(described).toContain(`\`${metric}\``);
});
