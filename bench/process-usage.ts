/** What a process has used, as Linux counts it in /proc (proc(5)). */
import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  /** User and system time of the process. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
  /** The most memory that it ever held at a time. */
  readonly peakRssMb: number;
}

/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function usageOf(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mbOf = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssMb: mbOf('VmRSS'), peakRssMb: mbOf('VmHWM') };
}
