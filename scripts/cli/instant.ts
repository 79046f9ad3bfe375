import { UsageError, text } from './world.js';
import type { Call } from './world.js';

const SPANS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * An instant from an option: RFC 3339, a day (its beginning in UTC), or how long ago: `90m`, `6h`, `7d`.
 *
 * @returns RFC 3339; undefined = it was not given @throws UsageError
 */
export function instantOption(call: Pick<Call, 'options'>, name: string, nowMs = Date.now()): string | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(value) ?? [];
  const at =
    amount === undefined
      ? Date.parse(/^\d{4}-\d\d-\d\d(T.+(Z|[+-]\d\d:\d\d))?$/.test(value) ? value : '')
      : nowMs - Number(amount) * SPANS_MS[unit as keyof typeof SPANS_MS];
  if (Number.isNaN(at)) {
    throw new UsageError(
      `--${name} takes a time like 2026-11-21T08:00:00Z, a day like 2026-11-21, or how long ago: 90m, 6h, 7d; not "${value}".`,
    );
  }
  return new Date(at).toISOString();
}
