/** How many requests the door takes from one address, for one workspace and for one webhook; beyond that: come back later. */
import { isIPv6 } from 'node:net';
import { Refusal } from '../refusal.js';
import { RateLimit } from './rate-limit.js';
import type { Rate } from './rate-limit.js';

/** null = as many as come. Each process counts for itself. */
export interface DoorRates {
  readonly address: Rate | null;
  readonly workspace: Rate | null;
  readonly webhook: Rate | null;
}

export const NO_RATES: DoorRates = { address: null, workspace: null, webhook: null };

/** A sender may catch up after a short silence. */
const BURST_SECONDS = 5;

/** @param perSecond requests a second, 0 = no limit */
export function rateOf(perSecond: number): Rate | null {
  return perSecond === 0 ? null : { perSecond, burst: perSecond * BURST_SECONDS };
}

const WHOSE = {
  address: 'from this address',
  workspace: 'for this workspace',
  webhook: 'at this webhook',
} as const satisfies Record<keyof DoorRates, string>;

export class Rates {
  private readonly limits: Partial<Record<keyof DoorRates, RateLimit>>;

  constructor(private readonly rates: DoorRates) {
    this.limits = Object.fromEntries(
      Object.entries(rates).flatMap(([what, rate]) => (rate === null ? [] : [[what, new RateLimit(rate as Rate)]])),
    );
  }

  /** @throws Refusal `rate.limited` */
  address(ip: string): void {
    this.take('address', networkOf(ip));
  }

  /** @throws Refusal `rate.limited` */
  workspace(id: string): void {
    this.take('workspace', id);
  }

  /** @throws Refusal `rate.limited` */
  webhook(triggerId: string): void {
    this.take('webhook', triggerId);
  }

  private take(what: keyof DoorRates, key: string): void {
    const waitMs = this.limits[what]?.take(key) ?? 0;
    if (waitMs === 0) return;
    const perSecond = this.rates[what]?.perSecond ?? 0;
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    throw new Refusal(
      'rate.limited',
      `More than ${perSecond} requests a second come ${WHOSE[what]}; send this one again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds, context: { limit: what, perSecond } },
    );
  }
}

/** Whoever has one IPv6 address has a whole /64 of them. */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = (ip.split('%')[0] ?? ip).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
