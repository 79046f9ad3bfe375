/** Endpoints and their deliveries in words. */
import type { Delivery, Endpoint } from '@sagawright/shared/contracts';
import type { Tone } from '../../ui/index.js';

interface Words {
  readonly word: string;
  readonly tone: Tone;
}

export const ENDPOINT_WORDS: Record<Endpoint['status'], Words> = {
  live: { word: 'Live', tone: 'done' },
  resting: { word: 'Resting', tone: 'waiting' },
  paused: { word: 'Paused', tone: 'waiting' },
  disabled: { word: 'Disabled', tone: 'failed' },
};

export const DELIVERY_WORDS: Record<Delivery['status'], Words> = {
  pending: { word: 'Waiting', tone: 'waiting' },
  delivered: { word: 'Delivered', tone: 'done' },
  failed: { word: 'Given up', tone: 'failed' },
};

/** `order.*, payment.received`. */
export function typesOf({ types }: Pick<Endpoint, 'types'>): string {
  return types.length === 1 && types[0] === '*' ? 'Every event' : types.join(', ');
}

/** What the last attempt came to: `answered 503`, `egress.timeout`. */
export function lastOf({ lastStatus, lastError }: Pick<Delivery, 'lastStatus' | 'lastError'>): string {
  if (lastStatus !== null) return `answered ${String(lastStatus)}`;
  return lastError ?? 'not tried yet';
}
