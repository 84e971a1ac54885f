/** What else is read on a node, and what says which node it is. */
import fc from 'fast-check';
import { PinnedHostKeys } from '../../nodes/host-keys.js';
import { KnownHosts } from '../../nodes/known-hosts.js';
import { readKeystoneSettings } from '../../nodes/keystone-settings.js';
import { NodeError } from '../../nodes/node-error.js';
import { findTimers } from '../../nodes/timers.js';
import { bytes, texts } from '../inputs.js';
import { PLANTED_TEXT } from '../planted.js';
import { target } from '../target.js';
import { WrittenFiles, file } from './files.js';

const isNodeError = (error: unknown) => error instanceof NodeError;

const KEYSTONE_CONF = `[DEFAULT]
admin_token = ${PLANTED_TEXT}
[database]
connection = mysql+pymysql://keystone:secret@192.0.2.1/keystone
[token]
provider = fernet
expiration = 3600
allow_expired_window: 172800
# caching = false
caching=true
[fernet_tokens]
key_repository = /etc/keystone/fernet-keys/
max_active_keys = 4
`;

const keystoneConf = target<readonly [Buffer, Buffer]>({
  name: 'keystone-conf',
  reads: 'keystone.conf and a file of keystone.conf.d',
  costs: 1,
  prepare: () => {
    const words = [
      '[token]',
      '[fernet_tokens]',
      '\nexpiration = ',
      '\nprovider=',
      '\nmax_active_keys:',
      '=',
      '[',
      ']',
      '#',
    ];
    const one = bytes([Buffer.from(KEYSTONE_CONF)], words);
    return {
      inputs: fc.tuple(one, one),
      read: ([main, part]) => {
        const files = new WrittenFiles({
          '/etc/keystone': [file('keystone.conf', main)],
          '/etc/keystone/keystone.conf.d': [file('10-tokens.conf', part)],
        });
        return readKeystoneSettings(files, '/etc/keystone/keystone.conf');
      },
      isTyped: isNodeError,
    };
  },
});

const timers = target<readonly [string, Buffer, Buffer]>({
  name: 'timers',
  reads: 'crontabs and systemd units',
  costs: 1,
  prepare: () => {
    const crontab = Buffer.from(
      `SHELL=/bin/sh\n# rotates\n0 3 * * 1 root keystone-manage fernet_rotate --key ${PLANTED_TEXT}\n`,
    );
    const content = bytes([crontab], ['fernet-rotate', 'fernet_push', 'keystone-fernet', '#', ';']);
    const names = fc.oneof(fc.constantFrom('keystone', 'fernet.timer'), texts(['keystone', PLANTED_TEXT]));
    return {
      inputs: fc.tuple(names, content, content),
      read: ([name, one, other]) =>
        findTimers(
          new WrittenFiles({
            '/etc': [file('crontab', one)],
            '/etc/cron.d': [file(name, other)],
            '/etc/systemd/system': [file(name, one)],
          }),
        ),
      isTyped: isNodeError,
    };
  },
});

const HOST_KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enogZnV6eiBmdXp6IGZ1enogZnV6eiBmdXp6IGZ1';

const knownHosts = target<readonly [string, Buffer, string]>({
  name: 'known-hosts',
  reads: 'known_hosts, and the key that a host shows',
  costs: 1,
  prepare: () => {
    const examples = [
      `192.0.2.11 ssh-ed25519 ${HOST_KEY}\n`,
      `[ctl1.example]:2222,192.0.2.* ssh-ed25519 ${HOST_KEY} comment\n@revoked * ssh-ed25519 ${HOST_KEY}\n`,
      `@cert-authority *.example ssh-ed25519 ${HOST_KEY}\n!ctl2.example,*.example ssh-ed25519 ${HOST_KEY}\n`,
      `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ${HOST_KEY}\n`,
    ];
    const words = [
      '*',
      '?',
      '!',
      ',',
      '|1|',
      '@revoked',
      '@cert-authority',
      '[',
      ']:',
      '#',
      '*a'.repeat(40),
      '?*'.repeat(40),
    ];
    const right = Buffer.from(HOST_KEY, 'base64');
    const shown = fc.oneof(fc.constant(right), bytes([right]));
    const host = fc.oneof(
      fc.constantFrom('192.0.2.11', 'ctl1.example', 'a'.repeat(255)),
      fc.string({ minLength: 1, maxLength: 255 }),
    );
    return {
      inputs: fc.tuple(texts(examples, words), shown, host),
      read: ([text, shown, address]) => {
        const question = { node: 'ctl1', address, port: 22, knownHosts: '/etc/rotor/known_hosts' };
        const pinned = PinnedHostKeys.of(question, new KnownHosts(text));
        if (pinned.types.length > 0) pinned.verify(shown);
        else pinned.verify(Buffer.from(HOST_KEY, 'base64'));
      },
      isTyped: isNodeError,
    };
  },
});

export const nodeFileTargets = [keystoneConf, timers, knownHosts];
