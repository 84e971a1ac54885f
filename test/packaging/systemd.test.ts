import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../lab/tools.js';

const UNITS = ['rotor-worker.service', 'rotor-worker@.service'];
const MOST_EXPOSED = 1.5;

const fileOf = (unit: string) => join(projectRoot, 'packaging/systemd', unit);

function exposureOf(unit: string): number {
  const options = ['security', '--offline=yes', '--no-pager', fileOf(unit)];
  const report = execFileSync('systemd-analyze', options, { encoding: 'utf8' });
  return Number(/Overall exposure level .*: ([\d.]+)/.exec(report)![1]);
}

describe('systemd units', () => {
  test.skipIf(!existsSync('/usr/bin/systemd-analyze')).each(UNITS)('%s is hardened', (unit) => {
    expect(exposureOf(unit)).toBeLessThanOrEqual(MOST_EXPOSED);
  });

  test('both are the same but for the configuration and its secrets', () => {
    const settings = (unit: string) =>
      readFileSync(fileOf(unit), 'utf8')
        .split('\n')
        .filter((line) => !/^#|^(Description|ExecStart|LoadCredential)=/.test(line));
    expect(settings(UNITS[1]!)).toEqual(settings(UNITS[0]!));
  });
});
