import type { Random } from '@sagawright/shared/kernel';

/** The same items in an order that the seed decides (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a === undefined || b === undefined) continue;
    result[last] = b;
    result[other] = a;
  }
  return result;
}

export function between(low: number, high: number, random: Random): number {
  return Math.floor(low + random() * (high - low));
}
