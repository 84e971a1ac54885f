import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../lab/tools.js';

const UNITS = ['rotor-worker.service', 'rotor-worker@.service', 'rotor-node-worker@.service'];
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

  test('those of the fleet are the same but for the configuration and its secrets', () => {
    const settings = (unit: string) =>
      readFileSync(fileOf(unit), 'utf8')
        .split('\n')
        .filter((line) => !/^#|^(Description|ExecStart|LoadCredential)=/.test(line));
    expect(settings(UNITS[1]!)).toEqual(settings(UNITS[0]!));
  });

  test('that of a pull node writes nothing but its keys, as the account of Keystone, and nobody connects to it', () => {
    const unit = readFileSync(fileOf('rotor-node-worker@.service'), 'utf8');
    expect(unit.match(/^(ReadWritePaths|StateDirectory|User|SocketBindDeny)=.*$/gm)).toEqual([
      'User=keystone',
      'ReadWritePaths=/etc/keystone/fernet-keys',
      'SocketBindDeny=any',
    ]);
    expect(unit).toContain('rotor worker --node %i');
  });
});
