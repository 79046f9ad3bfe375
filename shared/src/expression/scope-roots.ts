/** The names that an expression can begin with, by the place where it stands. Places add up: an undo inside a loop is in both. */
export const SCOPE_ROOTS = {
  /** Every field of every step. */
  anywhere: ['trigger', 'steps', 'vars', 'run', 'env'],
  /** A step in a loop over items. */
  'for-each': ['item', 'index'],
  /** A step in a loop with a condition, and that condition. */
  repeat: ['index', 'previous'],
  /** A step of an error handler. */
  handler: ['error'],
  /** A field of an undo. */
  undo: ['step'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ScopePlace = keyof typeof SCOPE_ROOTS;

/** @param places beside `anywhere`, which is always meant */
export function rootsIn(places: readonly ScopePlace[]): readonly string[] {
  return [...new Set(['anywhere' as const, ...places].flatMap((place) => SCOPE_ROOTS[place]))];
}
