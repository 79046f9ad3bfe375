/**
 * Deliveries: one per (endpoint, event), from the note that the event's commit left until it was taken or given up.
 *
 * 1. `makeDeliveries` turns notes into deliveries in one transaction: a crash leaves the notes.
 * 2. `claimDeliveries` takes what is due, an endpoint at a time under its lock: at most so many at once to each, one while it
 *    fails, none while its breaker is open, it is paused or disabled. So a dead endpoint holds up its own deliveries only.
 * 3. An attempt is counted when it is claimed; its outcome counts only while owner and epoch are its own. Whoever takes over
 *    a claim that was not answered in time logs it as lost.
 * 4. A delivery that was given up becomes a dead letter in the same transaction.
 *
 * Order is not promised: a delivery that is tried again is overtaken by later ones.
 */
import { passesFilter } from '../../event/index.js';
import type { EventFilter } from '../../event/index.js';
import type { Failure, Json } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { insertDeadLetters } from './dead-letters.js';
import { wantsType } from './endpoints.js';
import type { EndpointRow } from './endpoints.js';

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** So many deliveries to one endpoint at a time. */
export const AT_ONCE_PER_ENDPOINT = 4;

/**
 * Makes the deliveries that notes ask for. Call it in a transaction of its own; several processes may.
 *
 * @returns how many notes were used up
 */
export async function makeDeliveries(sql: Queryable, limit: number): Promise<number> {
  const { rows: notes } = await sql.query<{
    id: number;
    workspaceId: string;
    position: number;
    endpointId: string | null;
  }>({
    name: 'outbound-notes',
    text: `
      DELETE FROM outbound_event o USING (
        SELECT id FROM outbound_event ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
      ) n WHERE o.id = n.id
      RETURNING o.id, o.workspace_id AS "workspaceId", o.position, o.endpoint_id AS "endpointId"`,
    values: [limit],
  });
  if (notes.length === 0) return 0;
  const endpoints = await endpointsOf(sql, [...new Set(notes.map(({ workspaceId }) => workspaceId))]);
  const types = await typesAt(
    sql,
    notes.map(({ position }) => position),
  );
  const candidates = notes.flatMap(({ workspaceId, position, endpointId }) => {
    const type = types.get(position);
    if (type === undefined) return [];
    return endpoints
      .filter((each) => each.workspaceId === workspaceId && (endpointId === null ? each.live : each.id === endpointId))
      .filter((each) => wantsType(each.types, type))
      .map((endpoint) => ({ workspaceId, endpoint, event: { position, type }, again: endpointId !== null }));
  });
  // Only a filter has to see the whole event.
  const seen = await outboundEvents(
    sql,
    candidates.flatMap(({ endpoint, event }) => (endpoint.filter === null ? [] : [event.position])),
  );
  const wanted = candidates
    .filter(({ endpoint: { filter }, event: { position } }) => {
      const whole = seen.get(position);
      return filter === null || (whole !== undefined && passesFilter(filter, whole));
    })
    .map(({ endpoint, ...rest }) => ({ ...rest, endpointId: endpoint.id }));
  await insertDeliveries(sql, wanted);
  return notes.length;
}

interface Listening {
  readonly id: string;
  readonly workspaceId: string;
  readonly types: readonly string[];
  readonly filter: EventFilter | null;
  readonly live: boolean;
}

async function endpointsOf(sql: Queryable, workspaceIds: readonly string[]): Promise<Listening[]> {
  const { rows } = await sql.query<{ [K in keyof Listening]: Listening[K] }>({
    name: 'outbound-endpoints',
    text: `SELECT id, workspace_id AS "workspaceId", types, filter, disabled_at IS NULL AS live
           FROM endpoint WHERE workspace_id = ANY($1::uuid[])`,
    values: [workspaceIds],
  });
  return rows;
}

async function typesAt(sql: Queryable, positions: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await sql.query<{ position: number; type: string }>({
    name: 'outbound-types',
    text: 'SELECT position, type FROM event WHERE position = ANY($1::bigint[])',
    values: [[...new Set(positions)]],
  });
  return new Map(rows.map(({ position, type }) => [position, type]));
}

/** An event as its receivers see it. */
export interface OutboundEvent {
  readonly position: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  /** RFC 3339. */
  readonly time: string;
  readonly contentType: string;
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Those that are still kept, by position. */
export async function outboundEvents(
  sql: Queryable,
  positions: readonly number[],
): Promise<Map<number, OutboundEvent>> {
  if (positions.length === 0) return new Map();
  const { rows } = await sql.query<{ [K in keyof OutboundEvent]: OutboundEvent[K] }>({
    name: 'outbound-events',
    text: `SELECT position, event_id AS id, source, type, subject,
             to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time,
             content_type AS "contentType", data, headers
           FROM event WHERE position = ANY($1::bigint[])`,
    values: [[...new Set(positions)]],
  });
  return new Map(rows.map((event) => [event.position, event]));
}

interface NewDelivery {
  readonly workspaceId: string;
  readonly endpointId: string;
  readonly event: Pick<OutboundEvent, 'position' | 'type'>;
  /** Somebody asked for it: one that is over begins anew. */
  readonly again: boolean;
  readonly test?: boolean;
}

async function insertDeliveries(sql: Queryable, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await sql.query({
    name: 'delivery-insert',
    text: `
      INSERT INTO delivery (id, workspace_id, endpoint_id, event_position, event_type, test)
      SELECT DISTINCT ON (i.endpoint, i.position) i.id, i.workspace, i.endpoint, i.position, i.type, i.test
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::bool[], $7::bool[])
        AS i (id, workspace, endpoint, position, type, again, test)
      /* An endpoint that is deleted at this moment wants nothing any more. */
      JOIN (SELECT id FROM endpoint WHERE id = ANY($3::uuid[]) ORDER BY id FOR KEY SHARE) e ON e.id = i.endpoint
      ORDER BY i.endpoint, i.position, i.again DESC
      ON CONFLICT (endpoint_id, event_position) DO NOTHING`,
    values: [
      deliveries.map(() => uuidv7()),
      deliveries.map(({ workspaceId }) => workspaceId),
      deliveries.map(({ endpointId }) => endpointId),
      deliveries.map(({ event }) => event.position),
      deliveries.map(({ event }) => event.type),
      deliveries.map(({ again }) => again),
      deliveries.map(({ test = false }) => test),
    ],
  });
  const again = deliveries.filter((each) => each.again);
  if (again.length > 0) {
    await sql.query({
      name: 'delivery-again',
      text: `UPDATE delivery d SET ${ANEW} FROM unnest($1::uuid[], $2::bigint[]) AS i (endpoint, position)
             WHERE d.endpoint_id = i.endpoint AND d.event_position = i.position AND d.status <> 'pending'`,
      values: [again.map(({ endpointId }) => endpointId), again.map(({ event }) => event.position)],
    });
  }
}

/** The same delivery, and so the same webhook-id, through the whole schedule again. */
const ANEW = `status = 'pending', round_attempts = 0, due = now(), ended_at = NULL`;

/** A delivery that this worker has to attempt now. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly workspaceId: string;
  readonly endpointId: string;
  readonly position: number;
  readonly eventType: string;
  readonly epoch: number;
  /** Of this attempt, 1-based, all rounds together. */
  readonly attempt: number;
  /** The same in the present round: what the schedule goes by. */
  readonly roundAttempt: number;
  readonly endpoint: Pick<EndpointRow, 'url' | 'headers' | 'signature' | 'secretSealed' | 'previousSealed'>;
}

/**
 * Takes deliveries that are due.
 *
 * @param owner whoever claims; its outcomes count until the claim is over
 */
export async function claimDeliveries(
  sql: Queryable,
  owner: string,
  { limit, leaseMs, perEndpoint = AT_ONCE_PER_ENDPOINT }: ClaimTerms,
): Promise<ClaimedDelivery[]> {
  const { rows } = await sql.query<
    { [K in keyof Omit<ClaimedDelivery, 'endpoint'>]: ClaimedDelivery[K] } & {
      [K in keyof ClaimedDelivery['endpoint']]: ClaimedDelivery['endpoint'][K];
    }
  >({
    name: 'delivery-claim',
    text: `
      WITH open AS MATERIALIZED (
        SELECT e.id, e.failures, e.per_second, e.tokens, e.tokens_at FROM endpoint e
        WHERE e.disabled_at IS NULL AND e.paused_at IS NULL AND (e.open_until IS NULL OR e.open_until <= now())
          AND EXISTS (
            SELECT FROM delivery d WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.due <= now()
              AND (d.owner IS NULL OR d.claimed_until <= now())
          )
        ORDER BY random() LIMIT $2 FOR NO KEY UPDATE OF e SKIP LOCKED
      ), room AS MATERIALIZED (
        SELECT o.id, greatest(0, least(
          CASE WHEN o.failures > 0 THEN 1 ELSE $4 END - (
            SELECT count(*) FROM delivery d WHERE d.endpoint_id = o.id AND d.owner IS NOT NULL AND d.claimed_until > now()
          ),
          CASE WHEN o.per_second IS NULL THEN $4 ELSE floor(t.tokens) END
        ))::int AS places, t.tokens
        FROM open o CROSS JOIN LATERAL (
          SELECT least(
            greatest(1, o.per_second), o.tokens + o.per_second * extract(epoch FROM now() - o.tokens_at)
          ) AS tokens
        ) t
      ), chosen AS MATERIALIZED (
        SELECT d.* FROM room r CROSS JOIN LATERAL (
          SELECT d.id, d.endpoint_id, d.owner, d.attempts, d.claimed_until FROM delivery d
          WHERE d.endpoint_id = r.id AND d.status = 'pending' AND d.due <= now()
            AND (d.owner IS NULL OR d.claimed_until <= now())
          ORDER BY d.due, d.id LIMIT r.places FOR UPDATE SKIP LOCKED
        ) d LIMIT $2
      ), lost AS (
        INSERT INTO delivery_attempt (delivery_id, number, at, error)
        SELECT c.id, c.attempts, c.claimed_until,
          '{"code":"delivery.lost","kind":"operational","message":"The worker that made this attempt is gone; it may have arrived."}'
        FROM chosen c WHERE c.owner IS NOT NULL ON CONFLICT DO NOTHING
      ), spent AS (
        UPDATE endpoint e SET tokens = r.tokens - (SELECT count(*) FROM chosen c WHERE c.endpoint_id = e.id), tokens_at = now()
        FROM room r WHERE r.id = e.id AND e.per_second IS NOT NULL
      )
      UPDATE delivery d SET owner = $1, epoch = d.epoch + 1, claimed_until = now() + $3 * interval '1 millisecond',
        attempts = d.attempts + 1, round_attempts = d.round_attempts + 1
      FROM chosen c JOIN endpoint e ON e.id = c.endpoint_id
      WHERE d.id = c.id
      RETURNING d.id, d.workspace_id AS "workspaceId", d.endpoint_id AS "endpointId", d.event_position AS position,
        d.event_type AS "eventType", d.epoch, d.attempts AS attempt, d.round_attempts AS "roundAttempt", e.url, e.headers,
        e.signature, e.secret_sealed AS "secretSealed",
        CASE WHEN e.previous_until > now() THEN e.previous_sealed END AS "previousSealed"`,
    values: [owner, limit, leaseMs, perEndpoint],
  });
  return rows.map(({ url, headers, signature, secretSealed, previousSealed, ...delivery }) => ({
    ...delivery,
    endpoint: { url, headers, signature, secretSealed, previousSealed },
  }));
}

export interface ClaimTerms {
  readonly limit: number;
  readonly leaseMs: number;
  readonly perEndpoint?: number;
}

/** How an attempt came out. */
export interface AttemptOutcome {
  /** Milliseconds since 1970, and how long it took. */
  readonly at: number;
  readonly durationMs: number;
  /** HTTP status; null = no answer. */
  readonly status: number | null;
  readonly error: Failure | null;
  /** Beginning of what was answered. */
  readonly body: string | null;
}

/** What follows from it. */
export type DeliveryNext =
  { readonly kind: 'delivered' } | { readonly kind: 'again'; readonly inMs: number } | { readonly kind: 'given-up' };

/** How an endpoint stood before this attempt's outcome. */
export interface EndpointHealth {
  /** Since its last success. */
  readonly failures: number;
  readonly failingMs: number;
  /** How long its breaker stays open yet; 0 = it is not. */
  readonly openMs: number;
}

/** What an attempt says about its endpoint, if it says anything. */
export interface EndpointNews {
  /** False for a success, and for an answer that only asks for patience. */
  readonly failed: boolean;
  /** Nothing goes out for that long; null = go on. */
  readonly holdMs: number | null;
  /** Why nothing is to be sent there any more; null = go on. */
  readonly disable: string | null;
}

/**
 * Records an attempt, with what follows from it, if the delivery is still the owner's. Call it in a transaction.
 *
 * @returns `fenced` when another worker has the delivery, `disabled` when this attempt disabled the endpoint
 */
export async function recordDelivery(
  sql: Queryable,
  owner: string,
  delivery: ClaimedDelivery,
  outcome: AttemptOutcome,
  next: DeliveryNext,
  judge: (before: EndpointHealth) => EndpointNews | null,
): Promise<'recorded' | 'fenced' | 'disabled'> {
  // Endpoints before deliveries, as claims do.
  const { rows } = await sql.query<{ disabled: boolean; failures: number; failing: number; open: number }>({
    name: 'delivery-endpoint',
    text: `SELECT disabled_at IS NOT NULL AS disabled, failures,
             coalesce(extract(epoch FROM now() - failing_since) * 1000, 0)::float8 AS failing,
             greatest(0, coalesce(extract(epoch FROM open_until - now()) * 1000, 0))::float8 AS open
           FROM endpoint WHERE id = $1 FOR NO KEY UPDATE`,
    values: [delivery.endpointId],
  });
  const [before] = rows;
  if (before === undefined) return 'fenced';
  const { id, epoch, attempt } = delivery;
  const { rowCount } = await sql.query({
    name: 'delivery-record',
    text: `
      WITH own AS (
        UPDATE delivery SET owner = NULL, claimed_until = NULL, last_status = $5, last_error = $6,
          status = CASE $4 WHEN 'delivered' THEN 'delivered' WHEN 'given-up' THEN 'failed' ELSE 'pending' END,
          due = CASE WHEN $4 = 'again' THEN now() + $7 * interval '1 millisecond' ELSE due END,
          ended_at = CASE WHEN $4 = 'again' THEN NULL ELSE now() END
        WHERE id = $1 AND owner = $2 AND epoch = $3 RETURNING id
      )
      INSERT INTO delivery_attempt (delivery_id, number, at, duration_ms, status, error, body)
      SELECT id, $8, to_timestamp($9::float8 / 1000), $10, $5, $11, $12 FROM own`,
    values: [
      id,
      owner,
      epoch,
      next.kind,
      outcome.status,
      outcome.error?.code ?? null,
      next.kind === 'again' ? Math.round(next.inMs) : 0,
      attempt,
      outcome.at,
      Math.round(outcome.durationMs),
      outcome.error === null ? null : JSON.stringify(outcome.error),
      outcome.body,
    ],
  });
  if (rowCount === 0) return 'fenced';
  const news = judge({ failures: before.failures, failingMs: before.failing, openMs: before.open });
  if (news !== null) await tellEndpoint(sql, delivery.endpointId, news);
  if (next.kind === 'given-up') await insertLetter(sql, delivery, outcome);
  return news !== null && news.disable !== null && !before.disabled ? 'disabled' : 'recorded';
}

async function tellEndpoint(sql: Queryable, endpointId: string, news: EndpointNews): Promise<void> {
  await sql.query({
    name: 'delivery-endpoint-news',
    text: `
      UPDATE endpoint SET
        failures = CASE WHEN $2 THEN failures + 1 WHEN $3::float8 IS NULL THEN 0 ELSE failures END,
        failing_since = CASE WHEN $2 THEN coalesce(failing_since, now()) WHEN $3::float8 IS NULL THEN NULL ELSE failing_since END,
        open_until = CASE WHEN $3::float8 IS NULL THEN NULL ELSE now() + $3::float8 * interval '1 millisecond' END,
        disabled_at = CASE WHEN $4::text IS NULL THEN disabled_at ELSE coalesce(disabled_at, now()) END,
        disabled_reason = coalesce(disabled_reason, $4)
      WHERE id = $1 AND ($2 OR $3::float8 IS NOT NULL OR $4::text IS NOT NULL OR failures > 0 OR open_until IS NOT NULL)`,
    values: [endpointId, news.failed, news.holdMs, news.disable],
  });
}

async function insertLetter(
  sql: Queryable,
  delivery: ClaimedDelivery,
  { status, error }: AttemptOutcome,
): Promise<void> {
  const { id, workspaceId, endpointId, position, roundAttempt } = delivery;
  const event = (await outboundEvents(sql, [position])).get(position);
  const answer = status === null ? (error?.message ?? 'It was not answered.') : `The last answer was ${status}.`;
  await insertDeadLetters(sql, [
    {
      id: uuidv7(),
      workspaceId,
      kind: 'delivery',
      triggerId: null,
      holds: false,
      code: status === 410 ? 'delivery.gone' : 'delivery.given-up',
      message: `The endpoint did not take it in ${roundAttempt} attempts. ${answer}`,
      problems: [],
      details: { delivery: id, endpoint: endpointId, attempts: roundAttempt, status },
      event: {
        position: event === undefined ? null : position,
        type: delivery.eventType,
        source: event?.source ?? '',
        id: event?.id ?? '',
      },
    },
  ]);
}

/**
 * Sends one delivery again, through the whole schedule, under the same webhook-id; one that is under way is left alone.
 *
 * @returns false when there is no such delivery
 */
export async function resendDelivery(sql: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE delivery SET ${ANEW.replace('due = now()', 'due = CASE WHEN owner IS NULL THEN now() ELSE due END')}
     WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
  return (rowCount ?? 0) > 0;
}

/** Sends again what was given up since then. @returns how many */
export async function resendFailed(
  sql: Queryable,
  workspaceId: string,
  endpointId: string,
  since: string,
): Promise<number> {
  const { rowCount } = await sql.query(
    `UPDATE delivery SET ${ANEW} WHERE workspace_id = $1 AND endpoint_id = $2 AND status = 'failed' AND ended_at >= $3`,
    [workspaceId, endpointId, since],
  );
  return rowCount ?? 0;
}

/**
 * Sends every stored event of a time range to an endpoint that wants it, whether or not it was sent before. The notes are
 * made here; workers look at each event and leave out those that the endpoint does not want.
 *
 * @returns how many events will be looked at
 */
export async function resendRange(
  sql: Queryable,
  workspaceId: string,
  endpointId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<number> {
  const { rowCount } = await sql.query(
    `INSERT INTO outbound_event (workspace_id, position, endpoint_id)
     SELECT workspace_id, position, $2 FROM event
     WHERE workspace_id = $1 AND recorded_at >= $3 AND recorded_at < $4 AND type NOT IN ('run.called', 'sagawright.endpoint.test')
     ORDER BY position`,
    [workspaceId, endpointId, from, to],
  );
  return rowCount ?? 0;
}

/** A delivery of one stored event, whatever the endpoint wants. @returns its id */
export async function insertTestDelivery(
  sql: Queryable,
  endpoint: { readonly id: string; readonly workspaceId: string },
  event: Pick<OutboundEvent, 'position' | 'type'>,
): Promise<string> {
  const { id: endpointId, workspaceId } = endpoint;
  await insertDeliveries(sql, [{ workspaceId, endpointId, event, again: false, test: true }]);
  const { rows } = await sql.query<{ id: string }>(
    'SELECT id FROM delivery WHERE endpoint_id = $1 AND event_position = $2',
    [endpointId, event.position],
  );
  const [made] = rows;
  if (made === undefined) throw new Error('A delivery was made and is not there; this is a bug.');
  return made.id;
}

export interface DeliveryRow {
  readonly id: string;
  readonly endpointId: string;
  readonly position: number;
  readonly eventType: string;
  readonly test: boolean;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** When it is tried next; null when it is over. */
  readonly due: Date | null;
  readonly lastStatus: number | null;
  /** Code of the last failure. */
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly createdAtMicros: number;
  readonly endedAt: Date | null;
}

export interface AttemptRow {
  readonly number: number;
  readonly at: Date;
  readonly durationMs: number | null;
  readonly status: number | null;
  readonly error: Failure | null;
  readonly body: string | null;
}

const DELIVERY = `
  id, endpoint_id AS "endpointId", event_position AS position, event_type AS "eventType", test, status, attempts,
  CASE WHEN status = 'pending' THEN due END AS due, last_status AS "lastStatus", last_error AS "lastError",
  created_at AS "createdAt", (extract(epoch FROM created_at) * 1000000)::bigint AS "createdAtMicros", ended_at AS "endedAt"
`;
type Row = { [K in keyof DeliveryRow]: DeliveryRow[K] };

/** Newest first. */
export async function listDeliveries(
  sql: Queryable,
  workspaceId: string,
  endpointId: string,
  filter: { readonly status: DeliveryStatus | null; readonly type: string | null },
  page: { readonly after: { readonly micros: number; readonly id: string } | null; readonly limit: number },
): Promise<DeliveryRow[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${DELIVERY} FROM delivery
     WHERE workspace_id = $1 AND endpoint_id = $2 AND ($3::text IS NULL OR status = $3) AND ($4::text IS NULL OR event_type = $4)
       AND ($5::bigint IS NULL
         OR (created_at, id) < (timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $7`,
    [
      workspaceId,
      endpointId,
      filter.status,
      filter.type,
      page.after?.micros ?? null,
      page.after?.id ?? null,
      page.limit,
    ],
  );
  return rows;
}

export async function findDelivery(
  sql: Queryable,
  workspaceId: string,
  id: string,
): Promise<(DeliveryRow & { readonly log: readonly AttemptRow[] }) | null> {
  const { rows } = await sql.query<Row>(`SELECT ${DELIVERY} FROM delivery WHERE workspace_id = $1 AND id = $2`, [
    workspaceId,
    id,
  ]);
  const [found] = rows;
  if (found === undefined) return null;
  const { rows: log } = await sql.query<{ [K in keyof AttemptRow]: AttemptRow[K] }>(
    `SELECT number, at, duration_ms AS "durationMs", status, error, body FROM delivery_attempt
     WHERE delivery_id = $1 ORDER BY number`,
    [id],
  );
  return { ...found, log };
}

/** Deletes deliveries that have been over for so many days, with their attempts. @returns how many */
export async function sweepDeliveries(sql: Queryable, days: number, limit: number): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM delivery WHERE id IN (
       SELECT id FROM delivery WHERE ended_at < now() - $1 * interval '1 day' ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )`,
    [days, limit],
  );
  return rowCount ?? 0;
}
