/**
 * What one evaluation may cost. An expression that wants more is stopped with a failure; its neighbours do not notice.
 *
 * The weight of a value counts eight for every value in it and one for every character of text, and counts shared parts
 * once per place where they appear. It is what a copy would cost, so it also bounds what serialising or comparing costs.
 */
export interface EvaluationLimits {
  readonly timeoutMs: number;
  /** Nested evaluations; parallel parts of one constructor count together. */
  readonly depth: number;
  /** Items of one array or sequence made by the expression. */
  readonly items: number;
  /** Characters of one text. */
  readonly characters: number;
  readonly weight: number;
  /** Weight of all that one evaluation makes, kept or not. */
  readonly madeWeight: number;
}

export const DEFAULT_LIMITS: EvaluationLimits = {
  timeoutMs: 1000,
  depth: 2000,
  items: 100_000,
  characters: 4_000_000,
  weight: 32_000_000,
  madeWeight: 128_000_000,
};

/** Values never change once made, so a weight is taken once and kept as long as the value lives. */
const known = new WeakMap<object, number>();

/** @returns the weight, at least 8; functions weigh 8 */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return 8 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  const before = known.get(value);
  if (before !== undefined) return before;
  let weight = 8;
  if (Array.isArray(value)) {
    for (const item of value) weight += weightOf(item);
  } else if (!isFunctionLike(value)) {
    for (const key of Object.keys(value)) weight += key.length + weightOf((value as Record<string, unknown>)[key]);
  }
  known.set(value, weight);
  return weight;
}

export function isMeasured(value: object): boolean {
  return known.has(value);
}

/** JSONata marks its lambdas and built-ins with these keys; anything so marked is not data. */
export function isFunctionLike(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  const marked = value as { _jsonata_lambda?: unknown; _jsonata_function?: unknown };
  return marked._jsonata_lambda === true || marked._jsonata_function === true;
}
