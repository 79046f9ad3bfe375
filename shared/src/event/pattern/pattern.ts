import type { Json } from '../../kernel/index.js';

/** Tests of one string. */
export type TextTest =
  | { readonly kind: 'prefix'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'suffix'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'equals-ignore-case'; readonly text: string }
  | { readonly kind: 'wildcard'; readonly parts: readonly string[]; readonly text: string };

/** One alternative for the value of a field. */
export type ValueTest =
  | { readonly kind: 'exact'; readonly value: Scalar }
  | TextTest
  | { readonly kind: 'numeric'; readonly range: NumericRange }
  | { readonly kind: 'cidr'; readonly bits: string; readonly text: string }
  | { readonly kind: 'anything-but'; readonly tests: readonly (TextTest | { kind: 'exact'; value: Scalar })[] }
  | { readonly kind: 'exists'; readonly wanted: boolean };

export type Scalar = null | boolean | number | string;

/** Absent ends are infinite. */
export interface NumericRange {
  readonly from: { readonly value: number; readonly open: boolean } | null;
  readonly to: { readonly value: number; readonly open: boolean } | null;
}

/** A condition: fields joined by AND, `$or` groups joined by OR. */
export type Condition =
  | { readonly kind: 'field'; readonly path: string; readonly tests: readonly ValueTest[] }
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'any'; readonly path: string; readonly conditions: readonly Condition[] };

/** An EventBridge content pattern that passed the validator. */
export interface EventPattern {
  readonly source: Json;
  readonly condition: Condition;
}

/** Case folding as used by every ignore-case test. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}

/** A text that names a test: equal tests have equal names. */
export function nameOfTest(test: ValueTest): string {
  switch (test.kind) {
    case 'exact':
      return `= ${JSON.stringify(test.value)}`;
    case 'prefix':
    case 'suffix':
      return `${test.kind}${test.ignoreCase ? ' ignoring case' : ''} ${JSON.stringify(test.text)}`;
    case 'equals-ignore-case':
      return `equals, ignoring case, ${JSON.stringify(test.text)}`;
    case 'wildcard':
      return `wildcard ${JSON.stringify(test.text)}`;
    case 'numeric':
      return nameOfRange(test.range);
    case 'cidr':
      return `cidr ${test.text}`;
    case 'anything-but':
      return `anything but (${test.tests.map(nameOfTest).join(', ')})`;
    case 'exists':
      return test.wanted ? 'exists' : 'does not exist';
  }
}

function nameOfRange({ from, to }: NumericRange): string {
  const low = from === null ? '' : `${from.open ? '>' : '>='} ${from.value}`;
  const high = to === null ? '' : `${to.open ? '<' : '<='} ${to.value}`;
  return `numeric ${[low, high].filter((end) => end !== '').join(' and ')}`;
}
