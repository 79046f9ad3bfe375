import { cast } from './cast.js';
import type { CesqlErrorKind, CesqlType, CesqlValue } from './syntax.js';
import { INTEGER_MAX, INTEGER_MIN } from './syntax.js';

/** What a function gives: a value, and sometimes an error beside it. */
interface FunctionResult {
  readonly value: CesqlValue;
  readonly error?: { readonly kind: CesqlErrorKind; readonly message: string };
}

export interface CesqlFunction {
  /** Types the arguments are cast to; null takes any type. */
  readonly parameters: readonly (CesqlType | null)[];
  /** The type of any further arguments. */
  readonly rest?: CesqlType;
  readonly returns: CesqlType;
  readonly apply: (...args: never[]) => FunctionResult;
}

const value = (result: CesqlValue): FunctionResult => ({ value: result });
const failed = (result: CesqlValue, kind: CesqlErrorKind, message: string): FunctionResult => ({
  value: result,
  error: { kind, message },
});

/** The built-in functions (section 3.5), each name with its overloads by arity. */
const FUNCTIONS: Readonly<Record<string, readonly CesqlFunction[]>> = {
  LENGTH: [{ parameters: ['string'], returns: 'integer', apply: (x: string) => value([...x].length) }],
  CONCAT: [{ parameters: [], rest: 'string', returns: 'string', apply: (...all: string[]) => value(all.join('')) }],
  CONCAT_WS: [
    {
      parameters: ['string'],
      rest: 'string',
      returns: 'string',
      apply: (delimiter: string, ...all: string[]) => value(all.join(delimiter)),
    },
  ],
  LOWER: [{ parameters: ['string'], returns: 'string', apply: (x: string) => value(x.toLowerCase()) }],
  UPPER: [{ parameters: ['string'], returns: 'string', apply: (x: string) => value(x.toUpperCase()) }],
  TRIM: [{ parameters: ['string'], returns: 'string', apply: (x: string) => value(trim(x)) }],
  LEFT: [
    {
      parameters: ['string', 'integer'],
      returns: 'string',
      apply: (x: string, y: number) => (y < 0 ? negativeLength(x) : value([...x].slice(0, y).join(''))),
    },
  ],
  RIGHT: [
    {
      parameters: ['string', 'integer'],
      returns: 'string',
      apply: (x: string, y: number) => {
        const characters = [...x];
        return y < 0 ? negativeLength(x) : value(characters.slice(Math.max(0, characters.length - y)).join(''));
      },
    },
  ],
  SUBSTRING: [
    { parameters: ['string', 'integer'], returns: 'string', apply: (x: string, at: number) => substring(x, at) },
    {
      parameters: ['string', 'integer', 'integer'],
      returns: 'string',
      apply: (x: string, at: number, length: number) => substring(x, at, length),
    },
  ],
  ABS: [
    {
      parameters: ['integer'],
      returns: 'integer',
      apply: (x: number) =>
        x === INTEGER_MIN
          ? failed(INTEGER_MAX, 'math', 'The absolute value does not fit in 32 bits.')
          : value(Math.abs(x)),
    },
  ],
  INT: [casting('integer')],
  BOOL: [casting('boolean')],
  STRING: [casting('string')],
  IS_INT: [{ parameters: [null], returns: 'boolean', apply: (x: CesqlValue) => value(cast(x, 'integer') !== null) }],
  IS_BOOL: [{ parameters: [null], returns: 'boolean', apply: (x: CesqlValue) => value(cast(x, 'boolean') !== null) }],
};

/** @returns undefined when no function of that name takes so many arguments */
export function findFunction(name: string, arity: number): CesqlFunction | undefined {
  const overloads = Object.hasOwn(FUNCTIONS, name) ? (FUNCTIONS[name] ?? []) : [];
  return overloads.find(({ parameters, rest }) =>
    rest === undefined ? arity === parameters.length : arity >= parameters.length,
  );
}

/** A cast as a function: the argument is cast like any other, and that is all. */
function casting(type: CesqlType): CesqlFunction {
  return { parameters: [type], returns: type, apply: (x: CesqlValue) => value(x) };
}

/** White space by the Unicode property, which String.trim does not quite follow. */
function trim(text: string): string {
  const characters = [...text];
  const isSpace = (character: string | undefined): boolean =>
    character !== undefined && /\p{White_Space}/u.test(character);
  let from = 0;
  let to = characters.length;
  while (from < to && isSpace(characters[from])) from += 1;
  while (to > from && isSpace(characters[to - 1])) to -= 1;
  return characters.slice(from, to).join('');
}

function negativeLength(text: string): FunctionResult {
  return failed(text, 'functionEvaluation', 'The length must not be negative.');
}

function substring(text: string, position: number, length?: number): FunctionResult {
  const characters = [...text];
  if (position > characters.length || position < -characters.length) {
    return failed('', 'functionEvaluation', `Position ${position} lies outside of the text.`);
  }
  if (length !== undefined && length < 0) return negativeLength('');
  if (position === 0) return value('');
  const start = position > 0 ? position - 1 : characters.length + position;
  return value(characters.slice(start, length === undefined ? undefined : start + length).join(''));
}
