/**
 * A span of time in as few signs as a glance needs: `412 ms`, `3.2 s`, `2 m 05 s`, `4 h 12 m`, `3 d 4 h`.
 *
 * @param ms milliseconds; below zero counts as zero
 */
export function formatDuration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 1000) return `${String(Math.round(span))} ms`;
  const seconds = span / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (Math.round(seconds) < 60) return `${String(Math.round(seconds))} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${String(minutes)} m ${String(whole % 60).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)} h ${String(minutes % 60).padStart(2, '0')} m`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
}

/**
 * How long ago (or ahead) an instant is, in words.
 *
 * @param at milliseconds since 1970
 */
export function formatRelative(at: number, now: number): string {
  const distance = now - at;
  const span = Math.abs(distance);
  const future = distance < 0;
  if (span < 5000) return future ? 'in a moment' : 'just now';
  const [amount, unit] =
    span < 60_000
      ? [Math.floor(span / 1000), 's']
      : span < 3_600_000
        ? [Math.floor(span / 60_000), 'min']
        : span < 86_400_000
          ? [Math.floor(span / 3_600_000), 'h']
          : [Math.floor(span / 86_400_000), 'd'];
  if (unit === 'd' && amount > 30) return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(at);
  return future ? `in ${String(amount)} ${unit}` : `${String(amount)} ${unit} ago`;
}

/** Date, time to the millisecond and time zone, for tooltips and copying. */
export function formatExact(at: number): string {
  return new Intl.DateTimeFormat(undefined, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
  }).format(at);
}
