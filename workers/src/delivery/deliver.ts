/**
 * One attempt of a delivery: call, judge, record.
 *
 * It may die between any two lines: the claim runs out, another worker logs the attempt as lost and makes the next one under
 * the same webhook-id. That is why a delivery may arrive twice, and never not at all.
 */
import type { Failure, Random } from '@sagawright/shared/kernel';
import { failure } from '@sagawright/shared/kernel';
import {
  ENDPOINT_SECRET,
  checkEndpointUrl,
  currentTraceHeaders,
  outboundEvents,
  metrics,
  recordDelivery,
} from '@sagawright/shared/server';
import type {
  AttemptOutcome,
  ClaimedDelivery,
  Database,
  DeliveryNext,
  Egress,
  EgressResult,
  Logger,
  Sealer,
} from '@sagawright/shared/server';
import type { Failpoints } from '../failpoint.js';
import { disabledNotice } from './disabled-notice.js';
import { messageOf } from './message.js';
import { judge, pauseAfter, retryAfter } from './schedule.js';
import type { BreakerTerms, Verdict } from './schedule.js';

export interface DeliveryWorld {
  readonly database: Pick<Database, 'pool' | 'transaction'>;
  readonly egress: Egress;
  readonly sealer: Sealer;
  /** `host:port` entries that may be reached by http, and need not be public. */
  readonly allow: ReadonlySet<string>;
  readonly random: Random;
  /** Milliseconds since 1970, database time. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly failpoint: Failpoints;
  readonly shards: number;
  readonly breaker: BreakerTerms;
}

/** The specification's: what takes longer has failed. */
const TIMEOUT_MS = 15_000;
const KEPT_BYTES = 4096;

export async function deliver(
  world: DeliveryWorld,
  owner: string,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const at = world.now();
  const begun = performance.now();
  const answer = await call(world, delivery, at, signal);
  if (signal.aborted) return;
  world.failpoint('after-delivery');
  const outcome = outcomeOf(answer, at, performance.now() - begun);
  const verdict = verdictOf(answer, at);
  const next = nextOf(verdict, delivery, world.random);
  let opened = false;
  const recorded = await world.database.transaction(async (sql) => {
    const told = await recordDelivery(sql, owner, delivery, outcome, next, (before) => {
      const news = judge(verdict, before, world.breaker);
      opened = news !== null && news.failed && news.holdMs !== null;
      return news;
    });
    if (told === 'disabled') await disabledNotice(sql, delivery, verdict, world.shards);
    return told;
  });
  if (recorded === 'fenced') return;
  metrics.webhookDeliverySeconds.observe(outcome.durationMs / 1000);
  metrics.webhookDeliveries.inc({
    result:
      next.kind === 'delivered'
        ? 'delivered'
        : verdict.kind === 'gone'
          ? 'gone'
          : next.kind === 'given-up'
            ? 'given-up'
            : opened
              ? 'breaker-open'
              : 'retry',
  });
  if (recorded === 'disabled') {
    metrics.webhookEndpointsDisabled.inc({ reason: verdict.kind === 'gone' ? 'gone' : 'failing' });
  }
}

async function call(
  world: DeliveryWorld,
  { id, endpoint, endpointId, position }: ClaimedDelivery,
  at: number,
  signal: AbortSignal,
): Promise<EgressResult> {
  const target = checkEndpointUrl(endpoint.url, world.allow);
  if (!target.ok) return { kind: 'refused', failure: target.error };
  const event = (await outboundEvents(world.database.pool, [position])).get(position);
  if (event === undefined) return { kind: 'refused', failure: GONE };
  try {
    const sealed = [endpoint.secretSealed, ...(endpoint.previousSealed === null ? [] : [endpoint.previousSealed])];
    const secrets = sealed.map((each) => world.sealer.unseal(each, { purpose: ENDPOINT_SECRET, rowId: endpointId }));
    const { body, headers } = messageOf(id, event, secrets, endpoint.headers, at);
    return await world.egress.request({
      method: 'POST',
      url: endpoint.url,
      headers: { ...headers, ...currentTraceHeaders() },
      body,
      timeoutMs: TIMEOUT_MS,
      headersTimeoutMs: TIMEOUT_MS,
      follow: false,
      keepBytes: KEPT_BYTES,
      signal,
      onSent: () => world.failpoint('in-delivery'),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    world.logger.error({ delivery: id, error: message }, 'a delivery could not be made');
    return { kind: 'refused', failure: failure('bug', 'delivery.broken', `It could not be made: ${message}`) };
  }
}

/** No attempt brings it back. */
const GONE: Failure = failure('user', 'delivery.event-gone', 'The event is not kept any more; nothing can be sent.');

const isTaken = (status: number): boolean => status >= 200 && status < 300;

function outcomeOf(answer: EgressResult, at: number, durationMs: number): AttemptOutcome {
  if (answer.kind !== 'answered') return { at, durationMs, status: null, error: answer.failure, body: null };
  const { status, body } = answer;
  const error = isTaken(status)
    ? null
    : failure('operational', `http.status.${status}`, `The endpoint answered ${status}.`);
  return { at, durationMs, status, error, body: readable(body) };
}

/** Text that PostgreSQL takes, whatever was answered. */
const readable = (body: Buffer): string | null =>
  body.length === 0 ? null : body.subarray(0, KEPT_BYTES).toString('utf8').replaceAll('\0', '\u{fffd}');

function verdictOf(answer: EgressResult, now: number): Verdict {
  if (answer.kind !== 'answered') return { kind: answer.failure === GONE ? 'pointless' : 'failed' };
  const { status, headers } = answer;
  if (isTaken(status)) return { kind: 'taken' };
  if (status === 410) return { kind: 'gone' };
  const asked = status === 429 || status === 503 ? retryAfter(headers['retry-after'], now) : null;
  return asked === null ? { kind: 'failed' } : { kind: 'patience', retryAfterMs: asked };
}

function nextOf(verdict: Verdict, { roundAttempt }: ClaimedDelivery, random: Random): DeliveryNext {
  if (verdict.kind === 'taken') return { kind: 'delivered' };
  if (verdict.kind === 'gone' || verdict.kind === 'pointless') return { kind: 'given-up' };
  const inMs = pauseAfter(roundAttempt, random, verdict.kind === 'patience' ? verdict.retryAfterMs : null);
  return inMs === null ? { kind: 'given-up' } : { kind: 'again', inMs };
}
