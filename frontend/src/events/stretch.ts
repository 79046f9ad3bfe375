/** Stretches of the past that people choose from. */
export const STRETCHES = [
  { value: '1h', label: 'Last hour' },
  { value: '1d', label: 'Last day' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
] as const;

export type Stretch = (typeof STRETCHES)[number]['value'];

const HOUR_MS = 3_600_000;
const HOURS: Record<Stretch, number> = { '1h': 1, '1d': 24, '7d': 168, '30d': 720 };

/** When a stretch that ends now began, RFC 3339. */
export function beginOf(stretch: Stretch): string {
  return new Date(Date.now() - HOURS[stretch] * HOUR_MS).toISOString();
}
