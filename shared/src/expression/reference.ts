/**
 * The reference evaluator: JSONata itself, fenced in.
 *
 * Invariants:
 * 1. No evaluation changes anything that outlives it: neither its scope nor JSONata's built-in functions.
 * 2. No evaluation draws time or chance: `$now`, `$millis`, `$random` and `$shuffle` use what the caller recorded (S6).
 * 3. No source text is evaluated that an author did not write: there is no `$eval`, and data is never parsed.
 * 4. Every evaluation ends: time, depth, items and weight are bounded, and regular expressions are linear.
 *
 * Left out: a hard kill, which a server gives it from outside (`server/expression`). Limits are checked between the steps of
 * an evaluation; one built-in call on data within the limits runs to its end.
 */
import jsonata from 'jsonata';
import { failure, FailureError } from '../kernel/index.js';
import type { Random } from '../kernel/index.js';
import { readErrorAsFailure, syntaxFailure } from './failures.js';
import { DEFAULT_LIMITS, isFunctionLike, isMeasured, weightOf } from './limits.js';
import type { EvaluationLimits } from './limits.js';
import { LinearRegex } from './linear-regex.js';
import { RecentlyUsed } from './recently-used.js';
import { childNodes } from './syntax.js';
import type { SyntaxNode } from './syntax.js';

export interface EvaluationOptions {
  /** Recorded instant, milliseconds since 1970, for `$now()` and `$millis()`; without it they fail. */
  readonly now?: number;
  /** Recorded source of chance for `$random()` and `$shuffle()`; without it they fail. */
  readonly random?: Random;
  readonly limits?: Partial<EvaluationLimits>;
  /** Values for `$name`, beside the scope. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** An expression that was read without problems. */
export interface ParsedExpression {
  readonly source: string;
  readonly tree: SyntaxNode;
  /** True when JSONata may write to its input while evaluating this, so that it must be given a copy. */
  readonly mayWrite: boolean;
  readonly program: jsonata.Expression;
}

const cache = new RecentlyUsed<string, ParsedExpression>(2000);

/**
 * Reads an expression; the most recently used ones are kept.
 *
 * @throws FailureError `expression.syntax`
 */
export function parseExpression(source: string, limits: EvaluationLimits = DEFAULT_LIMITS): ParsedExpression {
  const shared = limits === DEFAULT_LIMITS;
  const before = shared ? cache.get(source) : undefined;
  if (before !== undefined) return before;
  if (source.trim() === '') throw syntaxFailure(source, 'The expression is empty; write one between the braces.', 0);
  const program = readProgram(source, limits);
  const tree = program.ast() as unknown as SyntaxNode;
  const parsed = { source, tree, mayWrite: mayWrite(tree), program };
  if (shared) cache.set(source, parsed);
  return parsed;
}

function readProgram(source: string, limits: EvaluationLimits): jsonata.Expression {
  let program: jsonata.Expression;
  try {
    program = jsonata(source, {
      timeout: limits.timeoutMs,
      stack: limits.depth,
      sequence: limits.items,
      // JSONata only calls `new` and `exec`, and sets `lastIndex`.
      RegexEngine: LinearRegex as unknown as RegExpConstructor,
    });
  } catch (cause) {
    throw readErrorAsFailure(cause, source);
  }
  fence(program, limits);
  return program;
}

/**
 * Evaluates against a scope. The result may carry JSONata's inner marks; see `toPlainJson`.
 *
 * @throws FailureError `expression.*`
 */
export async function evaluateReference(
  source: string,
  scope: unknown,
  options: EvaluationOptions = {},
): Promise<unknown> {
  const limits = options.limits === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...options.limits };
  const parsed = parseExpression(source, limits);
  const input = parsed.mayWrite ? structuredClone(scope) : scope;
  // Measured beforehand, so that only what the expression makes is charged to it.
  weightOf(input);
  weightOf(options.variables);
  try {
    const result: unknown = await parsed.program.evaluate(input, {
      ...options.variables,
      [CALL]: callOf(options),
    });
    if (weightOf(result) > limits.weight) throw tooLarge(limits);
    return result;
  } catch (cause) {
    throw readErrorAsFailure(cause, source);
  }
}

/** Name of the binding that carries the caller's options; no variable can be spelled with a space. */
const CALL = ' call';

interface Call {
  readonly options: EvaluationOptions;
  /** Weight of the arrays and objects made so far, each counted without its parts. */
  made: number;
  readonly clock: Date;
}

function callOf(options: EvaluationOptions): Call {
  return { options, made: 0, clock: options.now === undefined ? UNRECORDED_CLOCK : new Date(options.now) };
}

const UNRECORDED_CLOCK = new Proxy(new Date(0), {
  get() {
    throw notRecorded('the time', 'Times without a day');
  },
});

interface Environment {
  timestamp: Date;
  lookup(name: string): unknown;
}

interface Focus {
  readonly environment: Environment;
}

function optionsOf(focus: Focus): EvaluationOptions {
  return (focus.environment.lookup(CALL) as Call).options;
}

function fence(program: jsonata.Expression, limits: EvaluationLimits): void {
  program.assign(ENTRY, (_node: unknown, _input: unknown, environment: Environment) => {
    sealBuiltIns(environment);
    // `$toMillis` completes a time of day by the day of this clock.
    environment.timestamp = (environment.lookup(CALL) as Call).clock;
  });
  const bounds = new Set(rangeBounds(program.ast() as unknown as SyntaxNode));
  program.assign(EXIT, (node: SyntaxNode, _input: unknown, environment: Environment, result: unknown) => {
    // JSONata counts up from one bound to the other; beyond 2^53 it would never arrive.
    if (bounds.has(node) && Number.isInteger(result) && !Number.isSafeInteger(result)) throw tooLarge(limits);
    if (typeof result === 'string' && result.length > limits.characters) throw tooLarge(limits);
    if (typeof result !== 'object' || result === null || isMeasured(result)) return;
    const call = environment.lookup(CALL) as Call;
    call.made += 8 + 8 * (Array.isArray(result) ? result.length : Object.keys(result).length);
    if (call.made > limits.madeWeight || weightOf(result) > limits.weight) throw tooLarge(limits);
  });
  program.assign('eval', undefined);
  program.registerFunction('now', now as never, '<s?s?:s>');
  program.registerFunction('millis', millis as never, '<:n>');
  program.registerFunction('random', random as never, '<:n>');
  program.registerFunction('shuffle', shuffle as never, '<a:a>');
  program.registerFunction('distinct', distinct as never, '<x:x>');
  program.registerFunction(
    'pad',
    ((text: string | undefined, width: number, padding?: string) => {
      if (Math.abs(width) > limits.characters) throw tooLarge(limits);
      return pad(text, width, padding);
    }) as never,
    '<s-ns?:s>',
  );
}

// JSONata looks its hooks up by these symbols; its types admit only strings.
const ENTRY = Symbol.for('jsonata.__evaluate_entry') as unknown as string;
const EXIT = Symbol.for('jsonata.__evaluate_exit') as unknown as string;

/** Built-ins live in one frame shared by every expression; a transform (`| $string | … |`) could rewrite them. */
let sealed = false;

function sealBuiltIns(environment: Environment): void {
  if (sealed) return;
  for (const name of BUILT_IN_NAMES) {
    const builtIn = environment.lookup(name);
    if (!isFunctionLike(builtIn) || typeof builtIn !== 'object' || builtIn === null) continue;
    // `token` and `position` stay writable: JSONata notes the place of each call there.
    for (const key of ['_jsonata_function', 'implementation', 'signature']) {
      if (Object.hasOwn(builtIn, key)) Object.defineProperty(builtIn, key, { writable: false, configurable: false });
    }
  }
  sealed = true;
}

/** Functions that JSONata itself brings. */
export const BUILT_IN_NAMES: readonly string[] = (
  'sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim match ' +
  'contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power ' +
  'boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error assert type sort ' +
  'base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis clone'
).split(' ');

function rangeBounds(node: SyntaxNode): readonly SyntaxNode[] {
  const below = childNodes(node).flatMap(rangeBounds);
  return node.type === 'binary' && node.value === '..' ? [...childNodes(node), ...below] : below;
}

/** @returns finds a function of JSONata, ours in place of its own where {@link fence} says so */
export function openLibrary(): (name: string) => unknown {
  const program = jsonata('null');
  fence(program, DEFAULT_LIMITS);
  let lookUp: ((name: string) => unknown) | undefined;
  program.assign(ENTRY, (_node: unknown, _input: unknown, environment: Environment) => {
    sealBuiltIns(environment);
    lookUp = (name) => environment.lookup(name);
  });
  // The hook is called before the first wait.
  void program.evaluate(null);
  if (lookUp === undefined) throw new Error('JSONata did not call its entry hook; its version has changed.');
  return lookUp;
}

/** Transforms, grouping and `[]` write to arrays or objects that may be the caller's; calls of data write marks to it. */
function mayWrite(node: SyntaxNode): boolean {
  if (node.type === 'transform' || node.group !== undefined || node.keepSingletonArray === true) return true;
  if (node.type === 'unary' && node.value === '{') return true;
  if (node.type === 'function' && node.procedure?.type !== 'variable') return true;
  return childNodes(node).some(mayWrite);
}

function now(this: Focus, picture?: string, timezone?: string): unknown {
  const format = this.environment.lookup('fromMillis') as { implementation: (...args: unknown[]) => unknown };
  return format.implementation.call(this, recordedNow(this), picture, timezone);
}

function millis(this: Focus): number {
  return recordedNow(this);
}

function recordedNow(focus: Focus): number {
  const instant = optionsOf(focus).now;
  if (instant === undefined) throw notRecorded('the time', '$now and $millis');
  return instant;
}

function random(this: Focus): number {
  return recordedRandom(this)();
}

function shuffle(this: Focus, items: readonly unknown[] | undefined): unknown {
  if (items === undefined) return undefined;
  const draw = recordedRandom(this);
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(draw() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

function recordedRandom(focus: Focus): Random {
  const draw = optionsOf(focus).random;
  if (draw === undefined) throw notRecorded('chance', '$random and $shuffle');
  return draw;
}

function notRecorded(what: string, functions: string): FailureError {
  return new FailureError(
    failure(
      'user',
      'expression.not-recorded',
      `${functions} are not available in this field: ${what} is not recorded here, and a replay would differ. ` +
        'Take the value from `run` or from an earlier step.',
    ),
  );
}

/** As JSONata's, but in time linear in the items instead of quadratic: equal values share a bucket. */
function distinct(items: unknown): unknown {
  if (!Array.isArray(items) || items.length <= 1) return items;
  const seen = new Set<string>();
  const results: unknown[] = (items as { sequence?: boolean }).sequence === true ? markSequence([]) : [];
  for (const item of items) {
    const key = canonical(item);
    if (seen.has(key)) continue;
    seen.add(key);
    results.push(item);
  }
  return results;
}

function markSequence(items: unknown[]): unknown[] {
  return Object.assign(items, { sequence: true });
}

/** Equal values, and only they, have equal text. Names and texts bring their length, so that nothing needs an escape. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)};`;
  if (Array.isArray(value)) return `[${value.map(canonical).join('')}]`;
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields).sort();
  return `{${keys.map((key) => canonical(key) + canonical(fields[key])).join('')}}`;
}

function pad(text: string | undefined, width: number, padding = ' '): string | undefined {
  if (text === undefined) return undefined;
  const unit = Array.from(padding.length === 0 ? ' ' : padding);
  const missing = Math.abs(width) - Array.from(text).length;
  if (missing <= 0) return text;
  const fill = Array.from({ length: missing }, (_, index) => unit[index % unit.length]).join('');
  return width > 0 ? text + fill : fill + text;
}

function tooLarge(limits: EvaluationLimits): FailureError {
  return new FailureError(
    failure(
      'user',
      'expression.size',
      `The expression makes a value that is too large (at most ${limits.items} items in an array, ` +
        `${limits.characters} characters in a text). Filter or shorten earlier.`,
    ),
  );
}
