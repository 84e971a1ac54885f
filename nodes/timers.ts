/** Looks for crons and timers that rotate keys by themselves: kolla's, openstack-ansible's, puppet's, anybody's. */
import type { TimerSearch } from '../core/examination.js';
import { shownName } from '../core/secrets.js';
import { NodeError } from './node-error.js';
import type { Entry, SystemFiles } from './repository-files.js';

const FILES = ['/etc/crontab'];
const DIRECTORIES = [
  '/etc/cron.d',
  '/etc/cron.hourly',
  '/etc/cron.daily',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/etc/systemd/system',
  // Debian's crontabs of accounts, then those of others.
  '/var/spool/cron/crontabs',
  '/var/spool/cron',
  // What kolla-ansible gives to its container keystone_fernet.
  '/etc/kolla/cron',
  '/etc/kolla/keystone-fernet',
];

/** What a crontab has is far below it; the rest of a larger file is not looked at. */
const MOST_BYTES = 64 * 1024;
/** A directory of more files than these is no place of crons. */
const MOST_FILES = 500;

/** `keystone-manage fernet_rotate`, kolla's `fernet-rotate.sh` and `fernet-push.sh`, `keystone-fernet-rotate.sh`, … */
const ROTATES = /fernet[_-](rotate|push|sync)|keystone[_-]fernet/i;
const COMMENT = /^\s*[#;]/;

/** What the account may not see is said; what is not there is nothing to say. */
export async function findTimers(files: SystemFiles): Promise<TimerSearch> {
  if (!(await isThere(files, '/etc')))
    return { found: [], unread: ['/etc (the account sees no such directory)'] };
  const found: string[] = [];
  const unread: string[] = [];
  const look = async (place: string, at: () => Promise<void>) => {
    await at().catch((error: unknown) => {
      if (!(error instanceof NodeError) || error.code === 'unreachable') throw error;
      if (error.code !== 'no-repository') unread.push(shownName(place));
    });
  };
  const lookInto = (file: string) =>
    look(file, async () => {
      if (await doesRotate(files, file)) found.push(shownName(file));
    });
  for (const file of FILES) await lookInto(file);
  for (const directory of DIRECTORIES) {
    await look(directory, async () => {
      const entries = (await files.list(directory)).filter(({ kind }) => kind === 'file');
      for (const entry of entries.slice(0, MOST_FILES)) await lookInto(pathOf(directory, entry));
    });
  }
  return { found, unread };
}

function pathOf(directory: string, { name }: Entry): string {
  return `${directory}/${name}`;
}

async function isThere(files: SystemFiles, path: string): Promise<boolean> {
  try {
    await files.attributes(path);
    return true;
  } catch (error) {
    if (error instanceof NodeError && error.code !== 'unreachable') return false;
    throw error;
  }
}

async function doesRotate(files: SystemFiles, file: string): Promise<boolean> {
  const content = await files.read(file, MOST_BYTES);
  const lines = content.toString('latin1').split('\n');
  return lines.some((line) => !COMMENT.test(line) && ROTATES.test(line));
}
