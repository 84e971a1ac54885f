import { execFileSync } from 'node:child_process';
import { toolsDirectory } from '../../lab/tools.js';

/** kolla-ansible's own program (Apache-2.0), as its package brings it. */
const GENERATOR = `${toolsDirectory}/kolla/share/kolla-ansible/ansible/roles/keystone/files/fernet_rotate_cron_generator.py`;

interface Generated {
  readonly failed: boolean;
  readonly msg?: string;
  readonly cron_jobs?: readonly { readonly min: number; readonly hour: number; readonly day: number }[];
}

/** The lines of all hosts' crontabs together, as kolla's `crontab.j2` writes them; or why there are none. */
export function kollaCrons(minutes: number, hosts = 3): readonly string[] | { readonly refused: string } {
  const lines: string[] = [];
  for (let index = 0; index < hosts; index++) {
    const options = ['-t', String(minutes), '-i', String(index), '-n', String(hosts)];
    const { failed, msg, cron_jobs } = JSON.parse(
      execFileSync('python3', [GENERATOR, ...options], { encoding: 'utf8' }),
    ) as Generated;
    if (failed) return { refused: msg! };
    lines.push(...cron_jobs!.map(({ min, hour, day }) => `${min} ${hour} * * ${day}`));
  }
  return lines;
}
