/** The longest that an answer is waited for, in seconds; also how long when a sender only says `wait`. */
export const MOST_WAIT_SECONDS = 30;

/**
 * How long the sender prefers to wait for the outcome (`Prefer: wait=20`, RFC 7240), in seconds, bounded; null = not at all.
 * What is not understood is ignored, as the standard has it.
 */
export function preferredWait(header: string | undefined): number | null {
  for (const preference of (header ?? '').split(',')) {
    const [name = '', value] = (preference.split(';')[0] ?? '').split('=');
    if (name.trim().toLowerCase() !== 'wait') continue;
    if (value === undefined) return MOST_WAIT_SECONDS;
    const seconds = /^\s*"?(\d{1,9})"?\s*$/.exec(value)?.[1];
    return seconds === undefined || Number(seconds) === 0 ? null : Math.min(Number(seconds), MOST_WAIT_SECONDS);
  }
  return null;
}

/** Whether the sender would rather have an event refused that does not fit its schema (`Prefer: strict`) than put aside. */
export function prefersStrict(header: string | readonly string[] | undefined): boolean {
  return [header ?? []]
    .flat()
    .flatMap((each) => each.split(','))
    .some((preference) => (preference.split(';')[0] ?? '').trim().toLowerCase() === 'strict');
}
