/**
 * The pure functions of the fast path. The common shapes of the common ones are written out; every other call goes to
 * JSONata's own function.
 */
import { isFunctionLike, weightOf } from '../limits.js';
import { callLibrary, LIBRARY_NAMES } from './library.js';
import { finite, isTrue, textOf } from './operators.js';
import { LEAVE } from './run.js';
import type { Run } from './run.js';
import { isArray } from './sequence.js';

/** @param context the input, which stands in for a first argument that was left out */
export type PureFunction = (args: readonly unknown[], context: unknown, run: Run) => unknown;

/** Says that a shortcut does not know this call. */
const UNKNOWN = Symbol('unknown');

type Shortcut = (first: unknown, second: unknown, run: Run) => unknown;

const ofText =
  (compute: (text: string) => unknown): Shortcut =>
  (text) =>
    typeof text === 'string' ? compute(text) : UNKNOWN;

const ofNumber =
  (compute: (number: number) => number): Shortcut =>
  (number) =>
    typeof number === 'number' ? compute(number) : UNKNOWN;

const ofNumbers =
  (compute: (numbers: readonly number[]) => number | undefined): Shortcut =>
  (items) =>
    isArray(items) && items.every((item) => typeof item === 'number') ? compute(items as number[]) : UNKNOWN;

const total = (numbers: readonly number[]): number => finite(numbers.reduce((sum, number) => sum + number, 0));

/** Calls with one argument. */
const SHORTCUTS_OF_ONE: Readonly<Record<string, Shortcut>> = {
  exists: (value) => value !== undefined,
  boolean: (value, _none, run) => (value === undefined ? UNKNOWN : isTrue(value, run)),
  not: (value, _none, run) => (value === undefined ? UNKNOWN : !isTrue(value, run)),
  string: (value, _none, run) => (value === undefined || typeof value === 'object' ? UNKNOWN : textOf(value, run)),
  uppercase: ofText((text) => text.toUpperCase()),
  lowercase: ofText((text) => text.toLowerCase()),
  count: (items) => (isArray(items) ? items.length : items === undefined ? 0 : isFunctionLike(items) ? UNKNOWN : 1),
  sum: ofNumbers(total),
  average: ofNumbers((numbers) => (numbers.length === 0 ? undefined : total(numbers) / numbers.length)),
  abs: ofNumber(Math.abs),
  floor: ofNumber(Math.floor),
  ceil: ofNumber(Math.ceil),
};

/** Calls with two arguments. */
const SHORTCUTS_OF_TWO: Readonly<Record<string, Shortcut>> = {
  join: (items, separator, run) => {
    if (!isArray(items) || typeof separator !== 'string') return UNKNOWN;
    if (!items.every((item) => typeof item === 'string')) return UNKNOWN;
    run.spend((items.length * separator.length) >> 3);
    return items.join(separator);
  },
};

/** JSONata's own versions of these wait for a function that they may be given; with texts and plain lists nobody waits. */
const OWN_FUNCTIONS: Readonly<Record<string, PureFunction>> = {
  contains: (args, _context, run) => {
    const [text, part] = args;
    if (args.length !== 2) throw LEAVE;
    if (isTextOrMissing(text) && part === undefined) return undefined;
    if (text === undefined && typeof part === 'string') return undefined;
    if (typeof text !== 'string' || typeof part !== 'string') throw LEAVE;
    run.spend(workOfSearch(text, part));
    return text.includes(part);
  },
  split: (args, _context, run) => {
    const [text, separator, limit] = args;
    if (args.length < 2 || args.length > 3 || typeof separator !== 'string') throw LEAVE;
    if (args.length === 3 && !(Number.isInteger(limit) && (limit as number) >= 0)) throw LEAVE;
    if (text === undefined) return undefined;
    if (typeof text !== 'string') throw LEAVE;
    run.spend(text.length + workOfSearch(text, separator));
    return text.split(separator, limit as number | undefined);
  },
  replace: (args, _context, run) => {
    const [text, pattern, replacement] = args;
    if (args.length !== 3 || typeof pattern !== 'string' || typeof replacement !== 'string') throw LEAVE;
    if (pattern === '') throw LEAVE;
    if (text === undefined) return undefined;
    if (typeof text !== 'string') throw LEAVE;
    run.spend(workOfSearch(text, pattern));
    const parts = text.split(pattern);
    run.spend(parts.length * (1 + (replacement.length >> 3)));
    return parts.join(replacement);
  },
  sort: (args, _context, run) => {
    const [items] = args;
    if (args.length !== 1) throw LEAVE;
    if (items === undefined) return undefined;
    if (!isArray(items)) return [items];
    if (items.length <= 1) return items;
    for (const item of items) run.spend(8 * workOf(item));
    return sorted(items);
  },
  error: () => {
    throw LEAVE;
  },
  assert: (args) => {
    if (args.length < 1 || args.length > 2 || args[0] !== true) throw LEAVE;
    if (args.length === 2 && typeof args[1] !== 'string') throw LEAVE;
    return undefined;
  },
  millis: (args, _context, run) => {
    if (args.length > 0 || run.now === undefined) throw LEAVE;
    return run.now;
  },
  now: (args, _context, run) => {
    if (args.length > 0 || run.now === undefined) throw LEAVE;
    return callLibrary('fromMillis', [run.now], undefined);
  },
};

function isTextOrMissing(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function sorted(items: readonly unknown[]): readonly unknown[] {
  if (items.every((item) => typeof item === 'number')) return [...items].sort((left, right) => left - right);
  if (!items.every((item) => typeof item === 'string')) throw LEAVE;
  return [...items].sort((left, right) => (left > right ? 1 : left < right ? -1 : 0));
}

/** Whether calls of the function with so many arguments can be compiled. */
export function pureFunction(name: string, argumentCount: number): PureFunction | null {
  const own = Object.hasOwn(OWN_FUNCTIONS, name) ? OWN_FUNCTIONS[name] : undefined;
  if (own !== undefined) return own;
  if (!LIBRARY_NAMES.has(name)) return null;
  // With a picture, a time of day is completed by the day of the clock.
  if (name === 'toMillis' && argumentCount > 1) return null;
  const shortcuts = argumentCount === 1 ? SHORTCUTS_OF_ONE : argumentCount === 2 ? SHORTCUTS_OF_TWO : {};
  const shortcut = Object.hasOwn(shortcuts, name) ? shortcuts[name] : undefined;
  const library: PureFunction = (args, context, run) => {
    for (const arg of args) run.spend(workFor(name, arg));
    const result = callLibrary(name, args, context);
    run.spend(workOf(result));
    return result;
  };
  if (shortcut === undefined) return library;
  return (args, context, run) => {
    const [first, second] = args;
    run.spend(workOf(first));
    const answer = shortcut(first, second, run);
    return answer === UNKNOWN ? library(args, context, run) : answer;
  };
}

function workOf(value: unknown): number {
  if (typeof value === 'string') return 1 + (value.length >> 3);
  return isArray(value) ? value.length : 1;
}

/** Looking for a text in another can take the product of their lengths, up to the length at which V8 changes its way. */
function workOfSearch(text: string, part: string): number {
  return (text.length * Math.min(part.length, 250)) >> 5;
}

/** Functions that look at all of a value, however deep. */
const DEEP = new Set(['string', 'distinct', 'clone', 'spread', 'keys', 'merge']);

/** Functions that take more than their texts are long, and whose texts are short wherever they make sense. */
const OF_SHORT_TEXTS = new Set([
  'formatNumber',
  'formatBase',
  'formatInteger',
  'parseInteger',
  'number',
  'toMillis',
  'fromMillis',
]);
const SHORT = 200;

const SEARCHES = new Set(['substringBefore', 'substringAfter']);

function workFor(name: string, value: unknown): number {
  if (typeof value === 'string' && OF_SHORT_TEXTS.has(name) && value.length > SHORT) throw LEAVE;
  if (typeof value === 'string' && SEARCHES.has(name)) return value.length;
  if (typeof value === 'number' && name === 'pad') return Math.abs(value);
  return DEEP.has(name) && typeof value === 'object' && value !== null ? weightOf(value) >> 3 : workOf(value);
}
