/** A value of CESQL: a 32 bit signed integer, a boolean or a string. */
export type CesqlValue = number | boolean | string;

export type CesqlType = 'integer' | 'boolean' | 'string';

export type ComparisonOperator = '=' | '!=' | '<>' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type LogicOperator = 'AND' | 'OR' | 'XOR';

/** The syntax tree of a CESQL expression. */
export type CesqlExpression =
  | { readonly kind: 'literal'; readonly value: CesqlValue }
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'exists'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: CesqlExpression }
  | { readonly kind: 'negate'; readonly operand: CesqlExpression }
  | { readonly kind: 'like'; readonly operand: CesqlExpression; readonly pattern: string }
  | { readonly kind: 'in'; readonly operand: CesqlExpression; readonly set: readonly CesqlExpression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly CesqlExpression[] }
  | Binary<'compare', ComparisonOperator>
  | Binary<'arithmetic', ArithmeticOperator>
  | Binary<'logic', LogicOperator>;

interface Binary<Kind extends string, Operator extends string> {
  readonly kind: Kind;
  readonly operator: Operator;
  readonly left: CesqlExpression;
  readonly right: CesqlExpression;
}

/** The error types of the specification (section 3.3), by the names of its conformance suite. */
export type CesqlErrorKind = 'parse' | 'math' | 'cast' | 'missingAttribute' | 'missingFunction' | 'functionEvaluation';

export interface CesqlError {
  readonly kind: CesqlErrorKind;
  /** One sentence for the author of the filter. */
  readonly message: string;
  /** Where in the text, for parse errors; 0-based. */
  readonly offset?: number;
}

export const INTEGER_MIN = -2_147_483_648;
export const INTEGER_MAX = 2_147_483_647;

export function isInteger32(value: number): boolean {
  return Number.isInteger(value) && value >= INTEGER_MIN && value <= INTEGER_MAX;
}
