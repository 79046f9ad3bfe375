/** JSONata's operators on values. An operand that the reference would refuse makes them leave the fast path. */
import { isFunctionLike, weightOf } from '../limits.js';
import { callLibrary } from './library.js';
import { LEAVE } from './run.js';
import type { Run } from './run.js';
import { isArray } from './sequence.js';

export type Operator = (left: unknown, right: unknown, run: Run) => unknown;

const numeric =
  (compute: (left: number, right: number) => number): Operator =>
  (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return finite(compute(left, right));
    if (left === undefined && (right === undefined || typeof right === 'number')) return undefined;
    if (right === undefined && typeof left === 'number') return undefined;
    throw LEAVE;
  };

/** Infinity and NaN fail at their next use; the reference knows where. */
export function finite(value: number): number {
  if (!Number.isFinite(value)) throw LEAVE;
  return value;
}

type Comparable = string | number;

const comparison =
  (compare: (left: Comparable, right: Comparable) => boolean): Operator =>
  (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return compare(left, right);
    if (typeof left === 'string' && typeof right === 'string') return compare(left, right);
    if (isComparableOrMissing(left) && isComparableOrMissing(right) && (left === undefined || right === undefined)) {
      return undefined;
    }
    throw LEAVE;
  };

function isComparableOrMissing(value: unknown): boolean {
  return value === undefined || typeof value === 'number' || typeof value === 'string';
}

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['+', numeric((left, right) => left + right)],
  ['-', numeric((left, right) => left - right)],
  ['*', numeric((left, right) => left * right)],
  ['/', numeric((left, right) => left / right)],
  ['%', numeric((left, right) => left % right)],
  ['<', comparison((left, right) => left < right)],
  ['<=', comparison((left, right) => left <= right)],
  ['>', comparison((left, right) => left > right)],
  ['>=', comparison((left, right) => left >= right)],
  ['=', (left, right, run) => left !== undefined && right !== undefined && isEqual(left, right, run)],
  ['!=', (left, right, run) => left !== undefined && right !== undefined && !isEqual(left, right, run)],
  ['&', (left, right, run) => concatenate(textOf(left, run), textOf(right, run), run)],
  ['in', isIn],
  ['..', range],
]);

function isEqual(left: unknown, right: unknown, run: Run): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isArray(left) && isArray(right)) {
    if (left.length !== right.length) return false;
    run.spend(left.length);
    return left.every((item, index) => isEqual(item, right[index], run));
  }
  if (isArray(left) || isArray(right)) {
    // JSONata compares them by their property names, of which an array has one: `length`.
    if (Object.hasOwn(left, 'length') && Object.hasOwn(right, 'length')) throw LEAVE;
    return false;
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  run.spend(keys.length);
  return keys.every((key) => Object.hasOwn(right, key) && isEqual(fieldOf(left, key), fieldOf(right, key), run));
}

function fieldOf(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}

/** As `$string`; nothing is the empty text. */
export function textOf(value: unknown, run: Run): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'undefined':
      return '';
    case 'number':
      return String(Number.isInteger(value) ? value : Number(finite(value).toPrecision(15)));
    case 'boolean':
      return String(value);
    default:
      run.spend(weightOf(value) >> 3);
      return callLibrary('string', [value], undefined) as string;
  }
}

function concatenate(left: string, right: string, run: Run): string {
  run.spend((left.length + right.length) >> 3);
  return left + right;
}

function isIn(left: unknown, right: unknown, run: Run): boolean {
  if (left === undefined || right === undefined) return false;
  if (!isArray(right)) return left === right;
  run.spend(right.length);
  return right.includes(left);
}

function range(from: unknown, to: unknown, run: Run): unknown {
  if (from !== undefined && !Number.isSafeInteger(from)) throw LEAVE;
  if (to !== undefined && !Number.isSafeInteger(to)) throw LEAVE;
  if (typeof from !== 'number' || typeof to !== 'number' || from > to) return undefined;
  run.spend(to - from + 1);
  return Object.assign(
    Array.from({ length: to - from + 1 }, (_, index) => from + index),
    { sequence: true },
  );
}

export function negate(value: unknown): unknown {
  if (typeof value === 'number') return -value;
  if (value === undefined) return undefined;
  throw LEAVE;
}

/** JSONata's truth; nothing is false. */
export function isTrue(value: unknown, run: Run): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value.length > 0;
    case 'number':
      return value !== 0;
    case 'object': {
      if (value === null) return false;
      if (isArray(value)) {
        run.spend(value.length);
        return value.some((item) => isTrue(item, run));
      }
      return !isFunctionLike(value) && Object.keys(value).length > 0;
    }
    default:
      return false;
  }
}
