/** What the processes of a benchmark use of the machine (Linux; elsewhere nothing is known). */
import { readFileSync, readdirSync } from 'node:fs';
import { cpuTimeMs } from './cpu-time.js';

export type CpuTimes = ReadonlyMap<string, number>;

/** CPU time of each so far, milliseconds; PostgreSQL is a family of processes, counted with the children it has buried. */
export function cpuTimes(pids: Readonly<Record<string, number | undefined>>): CpuTimes {
  return new Map(
    Object.entries(pids).map(([name, pid]) => [name, name === 'postgres' ? familyMs(pid) : cpuTimeMs(pid)]),
  );
}

/** What has been used since, as `backend 120, worker 400` in microseconds per piece of work. */
export function costPer(before: CpuTimes, after: CpuTimes, count: number): string {
  return [...after]
    .map(([name, time]) => `${name} ${Math.round(((time - (before.get(name) ?? NaN)) * 1000) / count)}`)
    .join(', ');
}

/** Memory that a process holds, megabytes. */
export function residentMb(pid: number | undefined): number {
  try {
    const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

/** The process that started another one. */
export function parentOf(pid: number): number | undefined {
  const parent = Number(statOf(String(pid))[1]);
  return Number.isNaN(parent) ? undefined : parent;
}

function familyMs(parent: number | undefined): number {
  if (parent === undefined) return NaN;
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (Number(name) === parent) sum += ticks(fields, [11, 12, 13, 14]);
    else if (Number(fields[1]) === parent) sum += ticks(fields, [11, 12]);
  }
  return sum;
}

function ticks(fields: readonly string[], at: readonly number[]): number {
  return at.reduce((sum, each) => sum + Number(fields[each] ?? 0), 0) * TICK_MS;
}

/** Fields behind the program's name; empty for a process that is gone. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ') ?? [];
  } catch {
    return [];
  }
}

const TICK_MS = 10;
