/** JSONata's errors in our words: a stable code, what is wrong, and the way out. */
import { failure, FailureError } from '../kernel/index.js';

interface JsonataError {
  readonly code: string;
  readonly message?: string;
  readonly position?: number;
}

const SHOWN_SOURCE = 120;

export function syntaxFailure(source: string, message: string, position: number): FailureError {
  return new FailureError(failure('user', 'expression.syntax', message, { expression: shorten(source), position }));
}

/** @returns the failure of an evaluation or a parse; a FailureError of our own passes through */
export function readErrorAsFailure(cause: unknown, source: string): FailureError {
  if (cause instanceof FailureError) return cause;
  const { code, advice } = classify(cause);
  const said = describe(cause);
  const details: Record<string, string | number> = { expression: shorten(source) };
  if (isJsonataError(cause)) {
    details['jsonata'] = cause.code;
    if (typeof cause.position === 'number') details['position'] = cause.position;
  }
  const message = `Expression "${shorten(source)}": ${said.replace(/[.\s]+$/, '')}. ${advice}`;
  return new FailureError(failure('user', code, message.trim(), details), { cause });
}

function classify(cause: unknown): { code: string; advice: string } {
  if (cause instanceof RangeError) {
    return /call stack/i.test(cause.message)
      ? { code: 'expression.depth', advice: 'Make it recurse less deeply.' }
      : { code: 'expression.size', advice: 'Filter or shorten earlier.' };
  }
  if (!isJsonataError(cause)) return { code: 'expression.type', advice: 'Check the types of the values it uses.' };
  switch (cause.code) {
    case 'D1011':
      return { code: 'expression.depth', advice: 'Make it recurse less deeply.' };
    case 'D1012':
      return { code: 'expression.timeout', advice: 'Let it look at less data, or split the work over steps.' };
    case 'D2014':
    case 'D2015':
      return { code: 'expression.size', advice: 'Filter or shorten earlier.' };
    case 'D3137':
    case 'D3141':
      return { code: 'expression.raised', advice: '' };
    case 'D1004':
      return { code: 'expression.regex', advice: 'Let the regular expression match at least one character.' };
    case 'T1005':
    case 'T1006':
      return { code: 'expression.type', advice: 'Functions start with `$`; see the list of functions.' };
  }
  if (cause.code.startsWith('S')) return { code: 'expression.syntax', advice: 'Correct the expression.' };
  if (cause.code.startsWith('T')) return { code: 'expression.type', advice: 'Check the types of the values it uses.' };
  return { code: 'expression.value', advice: 'Check the values it uses.' };
}

function isJsonataError(cause: unknown): cause is JsonataError {
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string';
}

function describe(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null && 'message' in cause && typeof cause.message === 'string') {
    return cause.message;
  }
  return 'it could not be evaluated';
}

function shorten(source: string): string {
  const text = source.trim();
  return text.length > SHOWN_SOURCE ? `${text.slice(0, SHOWN_SOURCE)}…` : text;
}
