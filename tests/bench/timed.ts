/**
 * What a piece of work in this process costs: on the clock, and in processor time (collecting garbage included), which says
 * the same on a machine that others use too.
 */
export interface Timed<T> {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly result: T;
}

export function timed<T>(work: () => T): Timed<T> {
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  const result = work();
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000, result };
}

/** The median of each clock, as `12.3 ms (14.0 ms CPU)`. */
export function shownTimes(times: readonly Timed<unknown>[]): string {
  return `${medianMs(times.map(({ wallMs }) => wallMs))} ms (${medianMs(times.map(({ cpuMs }) => cpuMs))} ms CPU)`;
}

export function medianMs(numbers: readonly number[]): string {
  return median(numbers).toFixed(1);
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
