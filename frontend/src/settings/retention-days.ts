/** Days as they are typed: nothing stands for ever. */
import type { RunRetention } from '@sagawright/shared/contracts';

/** The longest that can be said: a hundred years. */
const MOST_DAYS = 36_500;

/** @returns null = for ever; undefined = it is no number of days */
export function readDays(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const days = Number(text);
  return Number.isInteger(days) && days >= 1 && days <= MOST_DAYS ? days : undefined;
}

export function writeDays(days: number | null): string {
  return days === null ? '' : String(days);
}

export interface TypedRuns {
  readonly completed: string;
  readonly failed: string;
}

export function typedRuns({ completedDays, failedDays }: RunRetention): TypedRuns {
  return { completed: writeDays(completedDays), failed: writeDays(failedDays) };
}

/** @returns null = something typed is no number of days */
export function readRuns({ completed, failed }: TypedRuns): RunRetention | null {
  const completedDays = readDays(completed);
  const failedDays = readDays(failed);
  return completedDays === undefined || failedDays === undefined ? null : { completedDays, failedDays };
}
