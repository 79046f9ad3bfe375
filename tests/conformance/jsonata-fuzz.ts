/**
 * Random JSONata expressions over random data, given to both evaluators: where the fast path answers, the reference must
 * give the same answer. Expressions are drawn from the part of the language that the fast path knows, with values of every
 * type in every place, so that most operations meet operands they were not made for.
 */
import fc from 'fast-check';
import { parseExpression } from '@sagawright/shared/expression';
import type { EvaluationOptions } from '@sagawright/shared/expression';
import type { Sample } from './jsonata-engines.js';

export const FUZZ_OPTIONS: EvaluationOptions = {
  now: 1_700_000_000_000,
  variables: { v: 3, list: [1, 'a', { a: 1 }], empty: [] },
};

const NAMES = ['a', 'b', 'c', 'items', 'price'];
/** Keys with a meaning for JavaScript or inside JSONata; rare, so that they do not drown the rest. */
const ODD_KEYS = [
  'length',
  'sequence',
  'tupleStream',
  'outerWrapper',
  '_jsonata_lambda',
  'constructor',
  'toString',
  '__proto__',
  '0',
];

const key = fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...NAMES) }, fc.constantFrom(...ODD_KEYS));
const scalar = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.constantFrom(0, 1, 2, -1, 3.5, 0.1, 1e21, 100),
  fc.constantFrom('', 'a', 'b', 'Ab c', '12', '0x1F', ' x  y ', 'ä😀z', 'a,b,c', '2024-02-29T10:00:00Z', 'aGk='),
);

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 4, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 4,
      // As JSON.parse makes it: every key an own field, `__proto__` too.
      arbitrary: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    },
  ),
}));

const data = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ a: anyValue, b: anyValue, c: anyValue, items: fc.array(anyValue, { maxLength: 4 }) }),
  },
  anyValue,
);

const number = fc.constantFrom('0', '1', '2', '-1', '2.5', '0.1', '1e3', '3');
const text = fc.constantFrom('""', '"a"', '"b"', '"x y"', "'12'", '","', '"["', '"%"', '"ä😀"');
const literal = fc.oneof(number, text, fc.constantFrom('true', 'false', 'null', '[]', '{}', '()'));
const name = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...NAMES) },
  fc.constantFrom('nowhere', '`a`', '"b"', '`length`', 'constructor'),
);
const variable = fc.constantFrom('$', '$$', '$v', '$list', '$empty', '$x', '$y', '$nowhere');
const operator = fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'in', 'and', 'or');

const ONE = (
  'sum count max min average string length uppercase lowercase trim number floor ceil round abs sqrt boolean not exists ' +
  'type keys reverse distinct spread merge sort base64encode encodeUrlComponent toMillis fromMillis clone join zip assert error'
).split(' ');
const TWO = (
  'substring substringBefore substringAfter contains split join append lookup round power formatBase pad string zip ' +
  'formatNumber formatInteger'
).split(' ');

const { expression } = fc.letrec<{ expression: string; step: string; list: string }>((tie) => {
  const expression = tie('expression');
  const joined = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
    fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''));
  const filter = fc.oneof(
    joined('[', number, ']'),
    joined('[', expression, ']'),
    { weight: 1, arbitrary: fc.constant('[]') },
    { weight: 4, arbitrary: fc.constant('') },
  );
  return {
    step: fc.oneof(
      { weight: 8, arbitrary: name },
      joined('(', expression, ')'),
      joined('[', tie('list'), ']'),
      joined('{', text, ': ', expression, '}'),
      joined('$', fc.constantFrom('uppercase', 'string', 'length', 'keys', 'sum', 'count', 'lookup'), '()'),
      variable,
    ),
    list: fc.array(expression, { maxLength: 3 }).map((items) => items.join(', ')),
    expression: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      { weight: 4, arbitrary: literal },
      { weight: 3, arbitrary: variable },
      { weight: 6, arbitrary: joined(name, filter) },
      { weight: 6, arbitrary: joined(name, filter, '.', tie('step'), filter) },
      { weight: 2, arbitrary: joined(name, '.', tie('step'), filter, '.', tie('step'), filter) },
      { weight: 1, arbitrary: joined('[', tie('list'), ']', filter, '.', tie('step')) },
      { weight: 2, arbitrary: joined('(', expression, ')', filter) },
      { weight: 1, arbitrary: joined(variable, filter, '.', tie('step'), filter) },
      { weight: 6, arbitrary: joined('(', expression, ' ', operator, ' ', expression, ')') },
      { weight: 1, arbitrary: joined('-(', expression, ')') },
      { weight: 2, arbitrary: joined('(', expression, ' ? ', expression, ' : ', expression, ')') },
      { weight: 1, arbitrary: joined('(', expression, ' ? ', expression, ')') },
      { weight: 2, arbitrary: joined('(', expression, fc.constantFrom(' ?? ', ' ?: '), expression, ')') },
      { weight: 2, arbitrary: joined('[', tie('list'), ']', filter) },
      { weight: 1, arbitrary: joined('[', expression, '..', expression, ']', filter) },
      { weight: 2, arbitrary: joined('{', text, ': ', expression, ', ', expression, ': ', expression, '}') },
      {
        weight: 2,
        arbitrary: joined('($x := ', expression, '; $y := ', expression, '; ', expression, ')', filter),
      },
      { weight: 5, arbitrary: joined('$', fc.constantFrom(...ONE), '(', expression, ')', filter) },
      { weight: 3, arbitrary: joined('$', fc.constantFrom(...TWO), '(', expression, ', ', expression, ')') },
      {
        weight: 1,
        arbitrary: joined(
          '$',
          fc.constantFrom('replace', 'substring', 'split'),
          '(',
          expression,
          ', ',
          text,
          ', ',
          fc.oneof(text, number),
          ')',
        ),
      },
      { weight: 1, arbitrary: joined('$', fc.constantFrom(...ONE, ...TWO), '()') },
      { weight: 1, arbitrary: fc.constantFrom('$now()', '$millis()') },
      { weight: 1, arbitrary: joined('(', expression, ' ~> $', fc.constantFrom(...ONE), ')') },
      { weight: 1, arbitrary: joined('(', expression, ' ~> $', fc.constantFrom(...TWO), '(', expression, '))') },
    ),
  };
});

/** Some combinations cannot be read, such as a number as a step. */
const readable = expression.filter((source) => {
  try {
    parseExpression(source);
    return true;
  } catch {
    return false;
  }
});

export const sample: fc.Arbitrary<Sample> = fc.record({ source: readable, data });
