import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  chmodSync,
  chownSync,
  cpSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { ensureKey } from '../../../lab/sshd.js';
import {
  CONF,
  CONF_PASSWORD,
  REPOSITORY,
  startHealthyFleet,
  type HealthyFleet,
  type Node,
} from './healthy-fleet.js';

const isRoot = process.getuid?.() === 0;

/** Needs root: roots of SFTP sessions that belong to root, and mounts. */
describe.skipIf(!isRoot)('rotor doctor', () => {
  let fleet: HealthyFleet;
  let [one, two, three] = [] as unknown as [Node, Node, Node];

  beforeAll(async () => {
    fleet = await startHealthyFleet('doctor');
    [one, two, three] = fleet.nodes as unknown as [Node, Node, Node];
    expect((await fleet.rotor('reconcile', '--json')).code).toBe(0);
    expect((await fleet.rotor('schedule', 'set', '--json')).code).toBe(0);
  });
  afterEach(() => fleet.heal());
  afterAll(() => fleet.stop());

  async function findsExactly(...expected: string[]): Promise<void> {
    const { findings, code, text } = await fleet.doctor();
    const found = findings.map(({ code, node }) => (node === undefined ? code : `${code} ${node}`));
    expect(found.sort(), text).toEqual([...expected].sort());
    for (const finding of findings) {
      expect(finding.message, finding.code).not.toBe('');
      expect(finding.remedy, finding.code).not.toBe('');
      if (finding.node !== undefined) expect(finding.message).toContain(finding.node);
    }
    const isWrong = findings.some(({ severity }) => severity === 'error');
    expect(code).toBe(isWrong ? 1 : 0);
    expect(text).not.toContain(CONF_PASSWORD);
  }

  test('is silent on a healthy fleet, changes no key, and leaves nothing behind', async () => {
    const before = fleet.nodes.map((node) => readdirSync(node.at(REPOSITORY)));
    await findsExactly();
    for (const [index, node] of fleet.nodes.entries()) {
      const names = readdirSync(node.at(REPOSITORY)).filter((name) => name !== '.rotor');
      expect(names).toEqual(before[index]!.filter((name) => name !== '.rotor'));
      expect(readdirSync(node.at(`${REPOSITORY}/.rotor`))).toEqual([]);
    }
  });

  test('Temporal: not there; without that namespace; no worker that polls', async () => {
    fleet.edit({ temporal: { address: '127.0.0.1:1' } });
    await findsExactly('temporal-unreachable');
    fleet.edit({ temporal: { address: inject('temporalAddress'), namespace: 'nowhere' } });
    await findsExactly('namespace-unknown');
    fleet.heal();
    fleet.edit({ fleet: 'doctor-without-worker' });
    await findsExactly('no-worker', 'no-schedule');
  });

  test('the timer: paused; too rare; more seldom than Temporal’s retention', async () => {
    await fleet.rotor('schedule', 'pause', '--note', 'upgrade');
    fleet.edit({ rotation: { pause: '50ms', every: '1h' } });
    await fleet.rotor('schedule', 'set', '--every', '10h');
    await findsExactly('schedule-paused', 'schedule-too-rare', 'retention-short');
    fleet.heal();
    await fleet.rotor('schedule', 'set');
    await fleet.rotor('schedule', 'resume');
  });

  test('the way to a node: unreachable; host key unknown; host key changed', async () => {
    await one.sshd.stop();
    const other = two.sshd.hostKey.split(' ').slice(0, 2).join(' ');
    const mine = three.sshd.knownHostsLine.split(' ')[0]!;
    writeFileSync(fleet.knownHosts, `${one.sshd.knownHostsLine}\n${mine} ${other}\n`);
    try {
      await findsExactly('unreachable ctl1', 'host-key-unknown ctl2', 'host-key-changed ctl3');
    } finally {
      await one.sshd.start();
    }
  });

  test('an account that is refused', async () => {
    const stranger = join(fleet.directory, 'stranger');
    await ensureKey(stranger);
    fleet.edit({ ssh: { user: 'root', identityFile: stranger, knownHosts: fleet.knownHosts } });
    await findsExactly('authentication ctl1', 'authentication ctl2', 'authentication ctl3');
  });

  test('a repository that is not there; is a file; holds keys of another kind', async () => {
    rmSync(one.at(REPOSITORY), { recursive: true });
    rmSync(two.at(REPOSITORY), { recursive: true });
    two.write(REPOSITORY, '');
    three.write(`${REPOSITORY}/private.pem`, '');
    await findsExactly('no-repository ctl1', 'other-repository ctl2', 'other-repository ctl3');
  });

  test('a read-only file system; a full one; .rotor on another one', async () => {
    for (const [node, size] of [
      [one, '4m'],
      [two, '100k'],
    ] as const) {
      cpSync(node.at(REPOSITORY), node.at('/etc/copy'), { recursive: true });
      fleet.mount('-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'rotor-doctor', node.at(REPOSITORY));
      cpSync(node.at('/etc/copy'), node.at(REPOSITORY), { recursive: true });
    }
    mkdirSync(one.at(`${REPOSITORY}/.rotor`), { recursive: true });
    fleet.mount('-o', 'remount,ro', one.at(REPOSITORY));
    fleet.mounts.pop();
    mkdirSync(three.at(`${REPOSITORY}/.rotor`), { recursive: true });
    fleet.mount('-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'rotor-doctor', three.at(`${REPOSITORY}/.rotor`));
    await findsExactly('cannot-write ctl1', 'disk-nearly-full ctl2', 'other-file-system ctl3');
  });

  test('owner and mode: of the directory, of keys, of a key that is somebody else’s', async () => {
    chmodSync(one.at(REPOSITORY), 0o777);
    chmodSync(two.at(`${REPOSITORY}/1`), 0o644);
    chownSync(three.at(`${REPOSITORY}/1`), 65_534, 65_534);
    await findsExactly('directory-permissions ctl1', 'key-permissions ctl2', 'permissions ctl3');
  });

  test('a damaged key; a stray file; no keys at all', async () => {
    one.write(`${REPOSITORY}/1`, 'not a key');
    two.write(`${REPOSITORY}/0.tmp`, '');
    for (const name of ['0', '1', '2']) rmSync(three.at(`${REPOSITORY}/${name}`));
    const { findings } = await fleet.doctor();
    const found = findings.map(({ code, node }) => `${code} ${node}`);
    expect(found).toEqual(
      expect.arrayContaining(['malformed-key ctl1', 'stray-file ctl2', 'empty-repository ctl3']),
    );
  });

  test('drift: a key that one node lacks; no staged key', async () => {
    rmSync(one.at(`${REPOSITORY}/1`));
    rmSync(two.at(`${REPOSITORY}/0`));
    const { findings } = await fleet.doctor();
    const found = findings.map(({ code, node }) => `${code} ${node}`);
    expect(found).toEqual(
      expect.arrayContaining(['missing-key ctl1', 'no-staged-key ctl2', 'different-staged ctl2']),
    );
  });

  test('two nodes with one repository', async () => {
    fleet.mount('--bind', one.at(REPOSITORY), two.at(REPOSITORY));
    await findsExactly('shared-repository ctl1', 'shared-repository ctl2');
  });

  test('others that rotate: kolla’s cron, openstack-ansible’s, a systemd timer, an account’s crontab', async () => {
    one.write('/etc/kolla/keystone-fernet/crontab', '0 0 * * * /usr/bin/fernet-rotate.sh\n');
    two.write('/etc/cron.d/keystone-fernet-rotate', '0 3 * * * keystone /opt/keystone-fernet-rotate.sh\n');
    two.write('/etc/systemd/system/rotate.service', '[Service]\nExecStart=keystone-manage fernet_rotate\n');
    three.write('/var/spool/cron/crontabs/keystone', '1 1 * * * keystone-manage fernet_rotate\n');
    await findsExactly('competing-timer ctl1', 'competing-timer ctl2', 'competing-timer ctl3');
  });

  test('an account that sees no more than the keys: what could not be looked for is said', async () => {
    renameSync(one.at('/etc/keystone'), one.at('/keystone'));
    rmSync(one.at('/etc'), { recursive: true });
    const [, ...others] = fleet.nodes;
    fleet.edit({
      inventory: fleet.staticInventory([
        fleet.inventoryNode(one, {
          repository: '/keystone/fernet-keys',
          keystoneConf: '/keystone/keystone.conf',
        }),
        ...others.map((node) => fleet.inventoryNode(node)),
      ]),
    });
    await findsExactly('timers-not-seen ctl1');
    rmSync(one.at('/keystone'), { recursive: true });
  });

  test('Keystone’s own settings: another lifetime; too few active keys; not to be read', async () => {
    one.configure(['expiration = 3600', 'expiration = 1800']);
    two.configure(['max_active_keys = 5', 'max_active_keys = 4']);
    rmSync(three.at(CONF));
    await findsExactly('settings-differ', 'settings-differ', 'max-active-keys', 'settings-not-read ctl3');
  });

  test('Keystone’s own settings: another repository, provider, receipts; a cache', async () => {
    mkdirSync(one.at('/etc/keystone/others'));
    one.configure([`key_repository = ${REPOSITORY}/`, 'key_repository = /etc/keystone/others']);
    two.configure(['provider = fernet', 'provider = jws'], ['caching = false', 'caching = true']);
    three.write('/etc/keystone/keystone.conf.d/10-receipts.conf', '[fernet_receipts]\nkey_repository = /r\n');
    await findsExactly(
      'repository-elsewhere ctl1',
      'receipts-apart ctl1',
      'settings-differ',
      'token-provider ctl2',
      'token-caching',
      'receipts-apart ctl3',
    );
  });

  test('lifetimes that need more keys than there may be', async () => {
    fleet.edit({ tokens: { expiration: '9d', allowExpiredWindow: '0s' } });
    await findsExactly('too-many-keys', 'max-active-keys');
  });

  test('a source of the inventory that gives no answer; an inventory that lost a node', async () => {
    fleet.edit({ inventory: [{ kind: 'command', argv: ['/bin/false'] }] });
    const failed = await fleet.doctor();
    expect(failed.findings).toMatchObject([{ code: 'inventory', severity: 'error' }]);
    expect(failed.findings[0]!.message).toMatch(/^inventory\[0\] \(command \/bin\/false\): .*ended with 1/);
    fleet.edit({ inventory: fleet.staticInventory([fleet.inventoryNode(one), fleet.inventoryNode(two)]) });
    const { findings } = await fleet.doctor();
    expect(findings).toMatchObject([{ code: 'inventory-changed' }]);
    expect(findings[0]!.message).toContain('ctl3');
    expect(await fleet.rotor('rotate')).toMatchObject({ code: 2 });
  });

  test('a Keystone that does not answer the live probe', async () => {
    const password = join(fleet.directory, 'password');
    writeFileSync(password, 'wrong');
    const [first, ...others] = fleet.nodes;
    fleet.edit({
      keystone: { username: 'rotor', password: { file: password }, project: 'service' },
      inventory: fleet.staticInventory([
        fleet.inventoryNode(first!, { keystone: 'http://127.0.0.1:1/v3' }),
        ...others.map((node) => fleet.inventoryNode(node)),
      ]),
    });
    const { findings } = await fleet.doctor();
    expect(findings).toMatchObject([{ code: 'keystone-unreachable', node: 'ctl1' }]);
  });

  test('no password of a keystone.conf is anywhere outside of it', () => {
    const database = inject('temporalDatabase');
    for (const file of [fleet.workerLog, database, `${database}-wal`].filter(existsSync))
      expect(readFileSync(file).includes(CONF_PASSWORD), file).toBe(false);
  });
});
