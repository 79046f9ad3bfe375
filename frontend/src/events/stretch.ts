/** Stretches of the past that people choose from, by their hours. */
export const STRETCHES = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last day' },
  { value: '168', label: 'Last 7 days' },
  { value: '720', label: 'Last 30 days' },
] as const;

export type Stretch = (typeof STRETCHES)[number]['value'];

const HOUR_MS = 3_600_000;

/** When a stretch that ends now began, RFC 3339. */
export function beginOf(stretch: Stretch): string {
  return new Date(Date.now() - Number(stretch) * HOUR_MS).toISOString();
}
