import { failure, FailureError, isJsonObject } from '../kernel/index.js';
import type { Failure, Json, JsonObject } from './imports.js';

/** What a template that could not be evaluated comes to. */
export function asFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  return failure('bug', 'expression.crashed', `A template could not be evaluated: ${messageOf(error)}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws FailureError `input.not-object` */
export function objectOrThrow(value: Json, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new FailureError(failure('user', 'input.not-object', `${what} is not an object.`));
}
