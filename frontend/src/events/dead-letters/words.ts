/** Dead letters in words. */
import type { DeadLetter } from '@sagawright/shared/contracts';
import type { Tone } from '../../ui/index.js';

type Kind = DeadLetter['kind'];
type Status = DeadLetter['status'];

export const KIND_WORDS: Record<Kind, string> = {
  schema: 'Does not fit its schema',
  upcast: 'Could not be brought to the version',
  ordering: 'Skipped in its order',
  loop: 'Chain of events too long',
  delivery: 'Delivery given up',
};

export const STATUS_WORDS: Record<Status, { readonly word: string; readonly tone: Tone }> = {
  open: { word: 'Open', tone: 'failed' },
  redriven: { word: 'Sent again', tone: 'done' },
  discarded: { word: 'Discarded', tone: 'idle' },
};

/** Whose letter it is: `Order saga, Order placed`. */
export function ownerOf({ subscription, kind }: Pick<DeadLetter, 'subscription' | 'kind'>): string {
  if (subscription !== null) return `${subscription.workflowName}, ${subscription.triggerName}`;
  return kind === 'delivery' ? 'An endpoint' : 'Every workflow';
}
