/** Whether a figure that was sampled over time stays where it is. */
export interface Sample {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  readonly mean: number;
  /** Change per hour by the line that fits best (least squares). */
  readonly perHour: number;
}

/** The first part belongs to caches and compilers that fill once; it is shown, but not judged. */
const WARM_UP = 0.25;

export function settled(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.floor(samples.length * WARM_UP));
}

export function trendOf(samples: readonly Sample[]): Trend {
  const count = samples.length;
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count;
  const middle = samples.reduce((sum, { at }) => sum + at, 0) / count;
  const spread = samples.reduce((sum, { at }) => sum + (at - middle) ** 2, 0);
  const slope = samples.reduce((sum, { at, value }) => sum + (at - middle) * (value - mean), 0) / spread;
  return { mean, perHour: spread === 0 ? 0 : slope * 3600 };
}
