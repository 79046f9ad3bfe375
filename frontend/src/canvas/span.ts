/** Spans of time as people write them: a number and a unit. Shared by cards and fields. */

const SECOND = { id: 's', ms: 1000, one: 'second', many: 'seconds' } as const;

export const SPAN_UNITS = [
  { id: 'ms', ms: 1, one: 'millisecond', many: 'milliseconds' },
  SECOND,
  { id: 'min', ms: 60_000, one: 'minute', many: 'minutes' },
  { id: 'h', ms: 3_600_000, one: 'hour', many: 'hours' },
  { id: 'd', ms: 86_400_000, one: 'day', many: 'days' },
] as const;
export type SpanUnit = (typeof SPAN_UNITS)[number];

/** The largest unit in which a span is a whole number; seconds for nothing. */
export function spanUnit(ms: number): SpanUnit {
  return (ms === 0 ? undefined : SPAN_UNITS.findLast((unit) => ms % unit.ms === 0)) ?? SECOND;
}

/** `2 hours`, `90 seconds`, `1 day`. */
export function spanInWords(ms: number): string {
  const unit = spanUnit(ms);
  const amount = ms / unit.ms;
  return `${amount} ${amount === 1 ? unit.one : unit.many}`;
}
