import { failure, FailureError } from '../kernel/index.js';
import type { StepDefinition } from './definition.js';
import type { Fill } from './open-wait.js';

/**
 * Whether a step's own condition passes it over.
 *
 * @throws FailureError `skip.not-boolean`, or what the template throws
 */
export async function isSkipped(step: StepDefinition, fill: Fill): Promise<boolean> {
  if (step.skipWhen === null) return false;
  const value = await fill(step.skipWhen);
  if (typeof value === 'boolean' || value === null) return value === true;
  const message = `The skip condition of step ${step.name} gave ${JSON.stringify(value).slice(0, 80)}; make it true or false.`;
  throw new FailureError(failure('user', 'skip.not-boolean', message));
}
