/**
 * JSONata's own functions, called at once: with their signatures, so that arguments are checked and completed as always.
 * Only functions that are pure and answer without waiting belong here.
 */
import { openLibrary } from '../reference.js';
import { LEAVE } from './run.js';
import { createSequence } from './sequence.js';

interface LibraryFunction {
  readonly implementation: (this: unknown, ...args: readonly unknown[]) => unknown;
  readonly signature: { validate(args: readonly unknown[], context: unknown): readonly unknown[] };
}

/** Names that may be called through {@link callLibrary}. */
export const LIBRARY_NAMES: ReadonlySet<string> = new Set(
  (
    'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad join ' +
    'formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power boolean not zip keys ' +
    'lookup append exists spread merge reverse type distinct base64encode base64decode encodeUrlComponent encodeUrl ' +
    'decodeUrlComponent decodeUrl toMillis fromMillis clone'
  ).split(' '),
);

let lookUp: ((name: string) => unknown) | null = null;
const opened = new Map<string, LibraryFunction>();

// Longer arrays than the fast path can make never reach a function, so that the length needs no check here.
const FOCUS = { createSequence, options: { sequence: Infinity } };

/**
 * @param context what stands in for a first argument that was left out
 * @throws LEAVE where JSONata would fail
 */
export function callLibrary(name: string, args: readonly unknown[], context: unknown): unknown {
  let builtIn = opened.get(name);
  if (builtIn === undefined) {
    lookUp ??= openLibrary();
    builtIn = lookUp(name) as LibraryFunction;
    opened.set(name, builtIn);
  }
  let result: unknown;
  try {
    result = builtIn.implementation.apply(FOCUS, [...builtIn.signature.validate(args, context)]);
  } catch {
    throw LEAVE;
  }
  if (typeof result === 'number' && !Number.isFinite(result)) throw LEAVE;
  return result;
}
