/** What the nodes' own keystone.conf files say, beside each other. */
import type { Examination, SettingsReading } from '../examination.js';
import type { KeystoneSettings } from '../keystone-settings.js';
import { formatDuration } from '../duration.js';
import { grouped } from '../grouped.js';
import type { DoctorFinding } from './finding.js';

interface NodeSettings {
  readonly node: string;
  readonly settings: KeystoneSettings;
}

export function settingsFindings(examinations: readonly Examination[]): DoctorFinding[] {
  const readings = examinations.flatMap(({ node, found }) =>
    found?.settings ? [{ node, reading: found.settings }] : [],
  );
  const known = readings.flatMap(({ node, reading: { settings } }) => (settings ? [{ node, settings }] : []));
  return [
    ...readings.flatMap(({ node, reading }) => readingFindings(node, reading)),
    ...known.flatMap(kindFindings),
    ...differences(known),
    ...cachingFinding(known),
  ];
}

function readingFindings(
  node: string,
  { path, problem, isElsewhere, settings }: SettingsReading,
): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  if (problem !== null)
    findings.push({
      code: 'settings-not-read',
      severity: 'warning',
      node,
      message: `${problem.message}, so only rotor.yaml says how long tokens live there`,
      remedy: `let the account of rotor read ${path}, or correct \`keystoneConf\``,
    });
  if (isElsewhere)
    findings.push({
      code: 'repository-elsewhere',
      severity: 'error',
      node,
      message: `${node}: its Keystone reads its keys from ${settings!.keyRepository}, which is another directory than the configuration's`,
      remedy: 'correct `repository` of this node, or [fernet_tokens] key_repository',
    });
  return findings;
}

function kindFindings({ node, settings }: NodeSettings): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  if (settings.provider !== 'fernet')
    findings.push({
      code: 'token-provider',
      severity: 'error',
      node,
      message: `${node}: its tokens are of the provider ${settings.provider}, and have other keys than these`,
      remedy: 'set [token] provider = fernet, or take the node out of the inventory',
    });
  if (settings.receiptRepository !== settings.keyRepository)
    findings.push({
      code: 'receipts-apart',
      severity: 'warning',
      node,
      message: `${node}: receipts have keys of their own (${settings.receiptRepository}), which are not rotated with those of tokens`,
      remedy:
        'set [fernet_receipts] key_repository to that of tokens, or rotate them as a second fleet: a configuration of its own with that repository',
    });
  return findings;
}

const SHOWN: readonly [keyof KeystoneSettings, string, (value: never) => string][] = [
  ['provider', '[token] provider', String],
  ['expirationMs', '[token] expiration', formatDuration],
  ['allowExpiredWindowMs', '[token] allow_expired_window', formatDuration],
  ['maxActiveKeys', '[fernet_tokens] max_active_keys', String],
];

/** Nodes of one fleet read each other's tokens, so they should agree about how long these live. */
function differences(known: readonly NodeSettings[]): DoctorFinding[] {
  return SHOWN.flatMap(([field, option, text]): DoctorFinding[] => {
    const byValue = grouped(known, ({ settings }) => text(settings[field] as never));
    if (byValue.size <= 1) return [];
    const sides = [...byValue].map(
      ([value, those]) => `${value} on ${those.map(({ node }) => node).join(', ')}`,
    );
    return [
      {
        code: 'settings-differ',
        severity: 'warning',
        message: `${option} is ${sides.join(', but ')}`,
        remedy: 'make keystone.conf the same on all nodes; until then rotor goes by the safest of them',
      },
    ];
  });
}

function cachingFinding(known: readonly NodeSettings[]): DoctorFinding[] {
  const caching = known.filter(({ settings }) => settings.caching).map(({ node }) => node);
  if (caching.length === 0) return [];
  return [
    {
      code: 'token-caching',
      severity: 'warning',
      message: `${caching.join(', ')}: validations are cached ([token] caching), so a token may be accepted for a while after its key is gone`,
      remedy: 'flush memcached after a `rotor revoke`; nothing has to be done for rotations',
    },
  ];
}
