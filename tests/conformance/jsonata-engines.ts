/** One expression over one input on both evaluators: where the fast path answers, the reference must answer the same. */
import { isDeepStrictEqual } from 'node:util';
import {
  compileFast,
  DEFAULT_LIMITS,
  evaluateReference,
  NOT_FAST,
  parseExpression,
  toPlainJson,
} from '@sagawright/shared/expression';
import type { EvaluationOptions } from '@sagawright/shared/expression';
import { FailureError } from '@sagawright/shared/kernel';

export interface Sample {
  readonly source: string;
  readonly data: unknown;
}

/** What became of a sample on the fast path, and how many times. */
export interface Tally {
  /** It holds something that only the reference knows, or cannot be read. */
  unknown: number;
  /** The fast path answered. */
  answered: number;
  /** The fast path left it to the reference, which refused it. */
  refused: number;
  /** The fast path left it to the reference, which had an answer. */
  left: number;
}

export const noTally = (): Tally => ({ unknown: 0, answered: 0, refused: 0, left: 0 });

/** @returns null when the evaluators agree, else lines that say how they differ */
export async function compareEngines(sample: Sample, options: EvaluationOptions, tally: Tally): Promise<string | null> {
  const fast = fastFormOf(sample.source);
  if (fast === null) {
    tally.unknown += 1;
    return null;
  }
  const before = JSON.stringify(sample.data);
  const value = fast(sample.data, options, DEFAULT_LIMITS);
  if (JSON.stringify(sample.data) !== before) return `${sample.source}\n  the fast path changed its input ${before}`;
  const quick = value === NOT_FAST ? NOT_FAST : plain(value);
  const slow = await referenceOn(sample, options);
  if (quick === NOT_FAST) {
    if (slow instanceof FailureError) tally.refused += 1;
    else tally.left += 1;
    return null;
  }
  tally.answered += 1;
  const isSame = slow instanceof FailureError ? quick instanceof FailureError : isDeepStrictEqual(quick, slow);
  return isSame ? null : `${sample.source}\n  over ${before}\n  fast ${show(quick)}\n  reference ${show(slow)}`;
}

function fastFormOf(source: string): ReturnType<typeof compileFast> {
  try {
    return compileFast(parseExpression(source).tree);
  } catch (error) {
    if (error instanceof FailureError) return null;
    throw error;
  }
}

async function referenceOn({ source, data }: Sample, options: EvaluationOptions): Promise<unknown> {
  try {
    return plain(await evaluateReference(source, data, options));
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const isPatient = options.limits !== undefined || error.failure.code !== 'expression.timeout';
    return isPatient ? error : referenceOn({ source, data }, { ...options, limits: { timeoutMs: 60_000 } });
  }
}

/** A value that is not JSON becomes the failure that it will be. */
function plain(value: unknown): unknown {
  try {
    return value === undefined ? undefined : toPlainJson(value);
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

function show(value: unknown): string {
  return value instanceof FailureError ? `fails: ${value.message}` : JSON.stringify(value);
}
