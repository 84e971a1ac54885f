/** Whether a rotation can work on a node, and who else rotates there. */
import { formatDuration } from '../duration.js';
import type { Examination, Examined } from '../examination.js';
import { CLOCK_OFFSET_LIMIT_MS } from '../policy.js';
import type { DoctorFinding } from './finding.js';
import { remedyFor } from './remedies.js';

const OTHERS_MAY_WRITE = 0o022;
const OTHERS_MAY_ENTER = 0o005;

/** A rotation writes a few files of 44 bytes; below this somebody else's next log line fills the disk. */
const LEAST_FREE_BYTES = 1024 * 1024;
const LEAST_FREE_FILES = 64;

/** With clocks further apart than this a node lacks something like NTP; files have whole seconds. */
const CLOCK_WARNING_MS = 5_000;

export function nodeFindings({ node, problem, found }: Examination): DoctorFinding[] {
  if (found === null) {
    if (problem === null) return [];
    const { code, message } = problem;
    return [{ code, severity: 'error', node, message, remedy: remedyFor(code) }];
  }
  return [...workFindings(node, found), ...modeFindings(node, found), ...timerFindings(node, found)];
}

function workFindings(
  node: string,
  { work, isOneFileSystem, freeBytes, freeFiles }: Examined,
): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  const error = (code: string, message: string, remedy: string) =>
    findings.push({ code, severity: 'error', node, message: `${node}: ${message}`, remedy });
  if (work !== null)
    error(
      'cannot-write',
      `what a rotation does can't be done below .rotor: ${work.message}`,
      'let the account of rotor own the directory of the keys, on a file system that can be written',
    );
  if (!isOneFileSystem)
    error(
      'other-file-system',
      '.rotor is on another file system than the keys, so nothing can be renamed from there',
      'unmount what is mounted at .rotor in the directory of the keys',
    );
  if (freeBytes < LEAST_FREE_BYTES || (freeFiles !== null && freeFiles < LEAST_FREE_FILES))
    error(
      'disk-nearly-full',
      `the file system of the keys has ${freeBytes} bytes and ${freeFiles ?? 'enough'} files left`,
      'make place there',
    );
  return findings;
}

function modeFindings(node: string, { directory, readableByOthers }: Examined): DoctorFinding[] {
  const mode = directory.mode.toString(8);
  const findings: DoctorFinding[] = [];
  if ((directory.mode & OTHERS_MAY_WRITE) !== 0)
    findings.push({
      code: 'directory-permissions',
      severity: 'error',
      node,
      message: `${node}: others may write into the directory of the keys (mode ${mode})`,
      remedy: 'chmod 700 it',
    });
  else if ((directory.mode & OTHERS_MAY_ENTER) !== 0)
    findings.push({
      code: 'directory-permissions',
      severity: 'warning',
      node,
      message: `${node}: others may look into the directory of the keys (mode ${mode})`,
      remedy: 'chmod 700 it',
    });
  if (readableByOthers.length > 0)
    findings.push({
      code: 'key-permissions',
      severity: 'error',
      node,
      message: `${node}: others than Keystone may read the keys ${readableByOthers.join(', ')}`,
      remedy: 'chmod 600 them; if somebody who should not may have read one, `rotor revoke`',
    });
  return findings;
}

function timerFindings(node: string, { timers }: Examined): DoctorFinding[] {
  const findings: DoctorFinding[] = [];
  if (timers.found.length > 0)
    findings.push({
      code: 'competing-timer',
      severity: 'error',
      node,
      message: `${node}: somebody else rotates keys here: ${timers.found.join(', ')}`,
      remedy: 'switch that off: two that rotate by their own clocks lose keys of live tokens',
    });
  if (timers.unread.length > 0)
    findings.push({
      code: 'timers-not-seen',
      severity: 'warning',
      node,
      message: `${node}: could not look for crons and timers of others in ${timers.unread.join(', ')}`,
      remedy: `look there yourself for fernet_rotate, fernet-rotate and fernet-push`,
    });
  return findings;
}

/** Each node's clock beside the worker's. */
export function clockFindings(examinations: readonly Examination[]): DoctorFinding[] {
  return examinations.flatMap(({ node, found }): DoctorFinding[] => {
    const offset = found?.clockOffsetMs ?? 0;
    if (Math.abs(offset) <= CLOCK_WARNING_MS) return [];
    const isTooFar = Math.abs(offset) > CLOCK_OFFSET_LIMIT_MS;
    const how = `${formatDuration(Math.abs(offset))} ${offset > 0 ? 'ahead of' : 'behind'} the worker's`;
    return [
      {
        code: 'clock-skew',
        severity: isTooFar ? 'error' : 'warning',
        node,
        message: `${node}: its clock is ${how}${isTooFar ? '; nothing is pruned while it is' : ''}`,
        remedy: 'let node and worker take their time from one source (chrony, NTP)',
      },
    ];
  });
}
