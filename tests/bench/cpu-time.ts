import { readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of this many milliseconds. */
const TICK_MS = 10;

/**
 * CPU time of a process so far, user and system, in milliseconds; NaN where the system does not tell (not Linux). On a
 * machine that others use too it says what a piece of work costs, where the clock on the wall only says how busy it was.
 */
export function cpuTimeMs(pid: number | undefined): number {
  try {
    // Behind the program's name, which stands in parentheses: fields 14 and 15 of the whole line.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return NaN;
  }
}
