/**
 * When a schedule fires: instants, computed from the instant before.
 *
 * Cron is read in the schedule's own time zone. An hour that a clock change skips fires at its end, one that comes twice
 * fires once; each firing is one instant of UTC.
 */
import { Cron } from 'croner';
import type { TriggerSettings } from '../../saga/index.js';

export type Schedule = Extract<TriggerSettings, { kind: 'trigger.schedule' }>['schedule'];
export type CatchUp = Extract<TriggerSettings, { kind: 'trigger.schedule' }>['catchUp'];

/**
 * The first instant after another one.
 *
 * @param after milliseconds since 1970; of an interval, an instant at which it fired or was put up
 * @returns milliseconds since 1970; null when there is none (30 February), or the expression cannot be read
 */
export function nextInstant(schedule: Schedule, after: number): number | null {
  if (schedule.kind === 'interval') return after + schedule.everyMs;
  try {
    const cron = new Cron(schedule.expression, { timezone: schedule.timeZone, mode: 'auto', paused: true });
    return cron.nextRun(new Date(after))?.getTime() ?? null;
  } catch {
    return null;
  }
}

/** What is late by less than that has not been missed. */
export const ON_TIME_MS = 30_000;
/** So many missed instants are made up for at a time; the rest follows. */
export const MOST_AT_ONCE = 100;

export interface Firing {
  /** Instants that fire now, oldest first. */
  readonly instants: readonly number[];
  /** The instant that comes next; null = none ever. */
  readonly next: number | null;
}

/**
 * What fires at `now` when `due` was to be the next instant.
 *
 * `skip` fires what is not late, `latest` only the last of what has passed, `all` each.
 */
export function firingsUntil(schedule: Schedule, catchUp: CatchUp, due: number, now: number): Firing {
  if (catchUp === 'all') {
    const instants: number[] = [];
    let next: number | null = due;
    while (next !== null && next <= now && instants.length < MOST_AT_ONCE) {
      instants.push(next);
      next = nextInstant(schedule, next);
    }
    return { instants, next };
  }
  let last = due;
  let next = nextInstant(schedule, due);
  if (schedule.kind === 'interval') {
    last = due + Math.floor((now - due) / schedule.everyMs) * schedule.everyMs;
    next = last + schedule.everyMs;
  }
  // An expression's missed instants are found from near their end: a year of seconds need not be walked through.
  while (next !== null && next <= now) {
    const leap: number | null = nextInstant(schedule, Math.max(next, now - LEAP_MS));
    last = leap !== null && leap <= now ? leap : next;
    next = nextInstant(schedule, last);
  }
  const fires = catchUp === 'latest' || now - last < ON_TIME_MS;
  return { instants: fires ? [last] : [], next };
}

const LEAP_MS = 3_600_000;
