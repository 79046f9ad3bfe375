import type { StepInstance } from './state.js';

/**
 * The event that a step went on with; each is for one pass of the step (S31).
 *
 * @returns `source id`; null when it went on with none
 */
export function eventTaken({ status, output }: Pick<StepInstance, 'status' | 'output'>): string | null {
  if (status !== 'succeeded') return null;
  const event = output as { readonly source?: unknown; readonly id?: unknown } | null;
  return typeof event?.source === 'string' && typeof event.id === 'string' ? `${event.source} ${event.id}` : null;
}
