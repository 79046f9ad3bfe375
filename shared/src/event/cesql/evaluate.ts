// What a CESQL expression gives for an event.
//
// 1. Evaluation is total: there is always a value, and beside it the errors that were met.
// 2. An operator or function whose operand met an error gives the zero value of its own type: false, 0 or ''.
// 3. AND and OR do not look at the right side when the left side decides.
// 4. A missing attribute is `false` with an error (section 3.2).
// 5. NOT of an operand that is no boolean negates the zero value, and an integer is such an operand: the conformance
//    suite asks for it (`NOT 10`), although BOOL(10) is true.
import type { Json } from '../../kernel/index.js';
import { cast, typeOf, ZERO } from './cast.js';
import type { ValueOf } from './cast.js';
import { findFunction } from './functions.js';
import { isLike } from './like.js';
import { parseCesql } from './parse.js';
import type { CesqlError, CesqlErrorKind, CesqlExpression, CesqlType, CesqlValue } from './syntax.js';
import { isInteger32 } from './syntax.js';

export interface CesqlResult {
  readonly value: CesqlValue;
  readonly errors: readonly CesqlError[];
}

/** Context attributes and extensions by name. `data` is no attribute and is never looked at. */
export type CesqlEvent = Readonly<Record<string, Json | undefined>>;

type Node<Kind extends CesqlExpression['kind']> = Extract<CesqlExpression, { kind: Kind }>;

/** Evaluates a parsed expression. */
export function evaluateCesql(expression: CesqlExpression, event: CesqlEvent): CesqlResult {
  switch (expression.kind) {
    case 'literal':
      return { value: expression.value, errors: [] };
    case 'attribute': {
      const found = attribute(event, expression.name);
      if (found !== undefined) return { value: found, errors: [] };
      return fault(false, 'missingAttribute', `The event has no attribute "${expression.name}".`);
    }
    case 'exists':
      return { value: attribute(event, expression.name) !== undefined, errors: [] };
    case 'not':
      return not(expression, event);
    case 'negate':
      return withOperands([expression.operand], ['integer'], 'integer', event, ([x]) => integer(-(x as number)));
    case 'like':
      return withOperands([expression.operand], ['string'], 'boolean', event, ([x]) => ({
        value: isLike(x as string, expression.pattern),
        errors: [],
      }));
    case 'in':
      return isIn(expression, event);
    case 'call':
      return call(expression, event);
    case 'compare':
      return compare(expression, event);
    case 'arithmetic':
      return withOperands([expression.left, expression.right], ['integer', 'integer'], 'integer', event, ([x, y]) =>
        calculate(expression.operator, x as number, y as number),
      );
    case 'logic':
      return logic(expression, event);
  }
}

/** Parses and evaluates; text that cannot be read is `false` with a parse error. */
export function evaluateCesqlText(text: string, event: CesqlEvent): CesqlResult {
  const parsed = parseCesql(text);
  return parsed.ok ? evaluateCesql(parsed.expression, event) : { value: false, errors: [parsed.error] };
}

/** As a filter (section 1.2): passes only when the value is the boolean `true` and no error was met. */
export function passesCesql(expression: CesqlExpression, event: CesqlEvent): boolean {
  const { value, errors } = evaluateCesql(expression, event);
  return value === true && errors.length === 0;
}

function attribute(event: CesqlEvent, name: string): CesqlValue | undefined {
  if (name === 'data' || !Object.hasOwn(event, name)) return undefined;
  const found = event[name];
  if (typeof found === 'string' || typeof found === 'boolean') return found;
  if (typeof found === 'number') return isInteger32(found) ? found : String(found);
  return undefined;
}

function not({ operand }: Node<'not'>, event: CesqlEvent): CesqlResult {
  const inner = evaluateCesql(operand, event);
  if (inner.errors.length > 0) return { value: false, errors: inner.errors };
  const truth = typeof inner.value === 'number' ? null : cast(inner.value, 'boolean');
  return truth === null ? castFault(true, inner.value, 'boolean') : { value: !truth, errors: [] };
}

function logic({ operator, left, right }: Node<'logic'>, event: CesqlEvent): CesqlResult {
  const first = evaluateAs(left, 'boolean', event);
  if (first.errors.length > 0) return { value: false, errors: first.errors };
  if (operator === 'AND' && !first.value) return { value: false, errors: [] };
  if (operator === 'OR' && first.value) return { value: true, errors: [] };
  const second = evaluateAs(right, 'boolean', event);
  if (second.errors.length > 0) return { value: false, errors: second.errors };
  return { value: operator === 'XOR' ? first.value !== second.value : second.value, errors: [] };
}

function compare({ operator, left, right }: Node<'compare'>, event: CesqlEvent): CesqlResult {
  if (operator !== '=' && operator !== '!=' && operator !== '<>') {
    return withOperands([left, right], ['integer', 'integer'], 'boolean', event, ([x, y]) => ({
      value: isOrdered(operator, x as number, y as number),
      errors: [],
    }));
  }
  // Equality exists for all three types: the right side says which is meant.
  const [first, second] = [evaluateCesql(left, event), evaluateCesql(right, event)];
  const errors = [...first.errors, ...second.errors];
  if (errors.length > 0) return { value: false, errors };
  const type = typeOf(second.value);
  const target = cast(first.value, type);
  if (target === null) return castFault(false, first.value, type);
  return { value: (target === second.value) === (operator === '='), errors: [] };
}

function isOrdered(operator: '<' | '<=' | '>' | '>=', x: number, y: number): boolean {
  switch (operator) {
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}

function calculate(operator: Node<'arithmetic'>['operator'], x: number, y: number): CesqlResult {
  switch (operator) {
    case '+':
      return integer(x + y);
    case '-':
      return integer(x - y);
    case '*':
      return integer(x * y);
    case '/':
      return y === 0 ? divisionByZero() : integer(Math.trunc(x / y));
    case '%':
      return y === 0 ? divisionByZero() : integer(x % y);
  }
}

function divisionByZero(): CesqlResult {
  return fault(0, 'math', 'Division by zero.');
}

function integer(value: number): CesqlResult {
  // Adding zero turns -0, which the language does not know, into 0.
  return isInteger32(value)
    ? { value: value + 0, errors: [] }
    : fault(0, 'math', 'The result does not fit in 32 bits.');
}

function isIn({ operand, set }: Node<'in'>, event: CesqlEvent): CesqlResult {
  const wanted = evaluateCesql(operand, event);
  if (wanted.errors.length > 0) return { value: false, errors: wanted.errors };
  for (const element of set) {
    const item = evaluateAs(element, typeOf(wanted.value), event);
    if (item.errors.length > 0) return { value: false, errors: item.errors };
    if (item.value === wanted.value) return { value: true, errors: [] };
  }
  return { value: false, errors: [] };
}

function call({ name, args }: Node<'call'>, event: CesqlEvent): CesqlResult {
  const found = findFunction(name, args.length);
  if (found === undefined) {
    return fault(false, 'missingFunction', `There is no function ${name} that takes ${args.length} arguments.`);
  }
  const types = args.map((_, index) => {
    const type = found.parameters[index];
    return type === undefined ? (found.rest ?? null) : type;
  });
  return withOperands(args, types, found.returns, event, (values) => {
    const { value, error } = found.apply(...(values as never[]));
    return { value, errors: error === undefined ? [] : [error] };
  });
}

/** Evaluates and casts all operands, then applies the operator; a faulty operand gives the zero value instead. */
function withOperands(
  operands: readonly CesqlExpression[],
  types: readonly (CesqlType | null)[],
  returns: CesqlType,
  event: CesqlEvent,
  apply: (values: readonly CesqlValue[]) => CesqlResult,
): CesqlResult {
  const results = operands.map((operand, index) => {
    const type = types[index] ?? null;
    return type === null ? evaluateCesql(operand, event) : evaluateAs(operand, type, event);
  });
  const errors = results.flatMap((result) => result.errors);
  return errors.length > 0 ? { value: ZERO[returns], errors } : apply(results.map(({ value }) => value));
}

function evaluateAs<Type extends CesqlType>(
  expression: CesqlExpression,
  type: Type,
  event: CesqlEvent,
): { readonly value: ValueOf[Type]; readonly errors: readonly CesqlError[] } {
  const { value, errors } = evaluateCesql(expression, event);
  if (errors.length > 0) return { value: ZERO[type], errors };
  const target = cast(value, type);
  return target === null
    ? { value: ZERO[type], errors: castFault(false, value, type).errors }
    : { value: target, errors };
}

function castFault(value: CesqlValue, from: CesqlValue, type: CesqlType): CesqlResult {
  return fault(value, 'cast', `${JSON.stringify(from)} cannot be read as ${type}.`);
}

function fault(value: CesqlValue, kind: CesqlErrorKind, message: string): CesqlResult {
  return { value, errors: [{ kind, message }] };
}
