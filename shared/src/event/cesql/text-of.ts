import type { CesqlExpression } from './syntax.js';

/** The text of an expression, with parentheses wherever one operator stands within another. */
export function cesqlText(expression: CesqlExpression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? quoted(expression.value) : String(expression.value).toUpperCase();
    case 'attribute':
      return expression.name;
    case 'exists':
      return `EXISTS ${expression.name}`;
    case 'not':
      return `NOT ${inner(expression.operand)}`;
    case 'negate':
      return `-${inner(expression.operand)}`;
    case 'like':
      return `${inner(expression.operand)} LIKE ${quoted(expression.pattern)}`;
    case 'in':
      return `${inner(expression.operand)} IN (${expression.set.map(cesqlText).join(', ')})`;
    case 'call':
      return `${expression.name}(${expression.args.map(cesqlText).join(', ')})`;
    default:
      return `${inner(expression.left)} ${expression.operator} ${inner(expression.right)}`;
  }
}

/** The expressions that one is made of, in the order of its text. */
export function cesqlParts(expression: CesqlExpression): readonly CesqlExpression[] {
  switch (expression.kind) {
    case 'literal':
    case 'attribute':
    case 'exists':
      return [];
    case 'not':
    case 'negate':
    case 'like':
      return [expression.operand];
    case 'in':
      return [expression.operand, ...expression.set];
    case 'call':
      return expression.args;
    default:
      return [expression.left, expression.right];
  }
}

const SIMPLE: ReadonlySet<CesqlExpression['kind']> = new Set(['literal', 'attribute', 'call']);

function inner(expression: CesqlExpression): string {
  const text = cesqlText(expression);
  return SIMPLE.has(expression.kind) ? text : `(${text})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
