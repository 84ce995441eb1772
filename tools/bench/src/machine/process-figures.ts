/** What the kernel says of a process. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time in milliseconds, all threads, from the text of /proc/PID/stat; children that have ended if wished. */
export function cpuMsOf(stat: string, whose: 'own' | 'and children' = 'own'): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, whose === 'own' ? 13 : 15).reduce((sum, field) => sum + Number(field), 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

export function cpuMs(pid: number): number {
  return cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** A field of /proc/PID/status or smaps_rollup, in MB (10^6). */
export function megabytesOf(text: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return (Number(kibibytes ?? Number.NaN) * 1024) / 1e6;
}

export function residentMb(pid: number): number {
  return megabytesOf(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS');
}
