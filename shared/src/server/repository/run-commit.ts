/**
 * Commit: many runs write their journal entries, and where they stand, in one statement.
 *
 * 1. The fence is part of the write: a run is updated only where owner, epoch and next_seq are those the writer knows.
 * 2. Journal, incident and signal rows are written only for runs that passed the fence.
 * 3. A run that is missing from the answer was fenced: nothing of it was written, and its writer owns it no longer.
 * 4. Rows are locked in the order of run ids, so that commits, signals and sweeps never wait for each other in a circle.
 * 5. Large values of entries are stored in the same statement (payload.ts).
 * 6. What others have to find or hear (waits, tasks, children) is written in the same transaction; see run-beside.ts.
 *
 * Leaves out: collecting, retrying and bisecting (the workers' journal writer).
 */
import type { Entry } from '../../saga/index.js';
import { err, failure, ok } from '../../kernel/index.js';
import type { Failure, Result } from '../../kernel/index.js';
import { LARGEST_VALUE_BYTES, storableJson, storableText } from '../db/index.js';
import type { Database, Queryable } from '../db/index.js';
import {
  holdsShared,
  LARGE_BYTES,
  payloadValues,
  rememberReferences,
  STORE_PAYLOADS,
  takeOutLarge,
} from './payload.js';
import type { LightBody, NewPayload, PayloadOwner } from './payload.js';
import { lockRuns, writeBeside } from './run-beside.js';
import type { Aftermath, BesideOf, RunBeside } from './run-beside.js';
import { compareIds } from './run-order.js';

/** What an entry may weigh with its large values, each of which may weigh less. */
const ENTRY_BYTES = 64 * 1024 * 1024;

/** An entry with the JSON text of its `body` column, known to be storable. */
export interface PreparedEntry {
  /** Its large values are shared with other entries that hold the same. */
  readonly entry: Entry;
  readonly body: string;
  /** Large values that the body refers to. */
  readonly payloads: readonly NewPayload[];
  /** Of its JSON text, with the values that have to be stored. */
  readonly length: number;
}

/** What the journal's columns hold: the entry without the parts that have columns of their own, and without large values. */
export function prepareEntry(entry: Entry, owner: PayloadOwner): Result<PreparedEntry, Failure> {
  const whole = { ...entry, seq: undefined, at: undefined, type: undefined };
  // What is shared was looked at when it came, and need not be written out again to know how long it is.
  if (!holdsShared(entry.type, whole)) {
    const text = storableJson(whole, ENTRY_BYTES);
    if (!text.ok) return text;
    if (text.value.length <= LARGE_BYTES) return ok(asItIs(entry, text.value));
  }
  const light = withoutLarge(entry, whole, owner);
  if (!light.ok) return light;
  const body = storableJson(light.value?.body ?? whole);
  if (!body.ok) return body;
  if (light.value === null) return ok(asItIs(entry, body.value));
  const { shared, payloads } = light.value;
  for (const { text } of payloads) {
    const storable = text === null ? ok(text) : storableText(text, LARGEST_VALUE_BYTES);
    if (!storable.ok) return storable;
  }
  const { seq, at, type } = entry;
  const length = payloads.reduce((sum, { text }) => sum + (text?.length ?? 0), body.value.length);
  return ok({ entry: { ...shared, seq, at, type } as Entry, body: body.value, payloads, length });
}

function asItIs(entry: Entry, body: string): PreparedEntry {
  return { entry, body, payloads: [], length: body.length };
}

function withoutLarge(entry: Entry, body: object, owner: PayloadOwner): Result<LightBody | null, Failure> {
  try {
    return ok(takeOutLarge(entry.type, body, owner));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = 'This value cannot be stored: it is nested too deeply. Change the step or sender that produces it.';
    return err(failure('user', 'json.not-storable', message));
  }
}

export interface RunCommit {
  readonly id: string;
  readonly epoch: number;
  /** Position that the first of `entries` takes. */
  readonly nextSeq: number;
  readonly entries: readonly PreparedEntry[];
  readonly status: string;
  readonly failure: Failure | null;
  readonly release: Release;
  /** Incidents that are open no more: resolved by a person, or moot by what happened since. */
  readonly incidentsClosed?: readonly { readonly id: string; readonly at: number }[];
  /** Number of the latest signal the writer has seen. A parked run with later ones is runnable at once. */
  readonly signalsSeen: number;
  /** Numbers of the signals that this commit uses up, whether they led to an entry or were refused. */
  readonly signalsUsed: readonly number[];
  /** What it changes beside its journal; most commits have none. */
  readonly beside?: RunBeside | null;
}

/**
 * - `keep`: the writer stays the owner
 * - `park`: nobody owns the run; it is due at `wakeAt` (milliseconds, database time), or when somebody sends a signal
 * - `end`: nobody owns the run; it is claimed once more only for signals that the writer has not seen, or to be undone
 */
export type Release =
  { readonly kind: 'keep' } | { readonly kind: 'park'; readonly wakeAt: number | null } | { readonly kind: 'end' };

const update = (payloads: string, more: string): string => `
  WITH input AS (
    SELECT * FROM unnest(
      $2::uuid[], $3::int[], $4::int[], $5::int[], $6::text[], $7::json[], $8::boolean[], $9::boolean[], $10::float8[], $11::int[]
    ) WITH ORDINALITY AS i (id, epoch, expected, next_seq, status, failure, release, ended, wake, seen, ord)
  ), locked AS MATERIALIZED (
    /* An update takes its rows as its plan comes across them. */
    SELECT r.id FROM input i JOIN run r ON r.id = i.id
    WHERE r.owner = $1 AND r.epoch = i.epoch AND r.next_seq = i.expected ORDER BY r.id FOR NO KEY UPDATE OF r
  ), written AS (
    UPDATE run r SET
      next_seq = i.next_seq,
      status = i.status,
      failure = i.failure,
      owner = CASE WHEN i.release THEN NULL ELSE r.owner END,
      runnable_at = CASE
        WHEN NOT i.release THEN NULL
        WHEN r.signals > i.seen THEN now()
        WHEN i.ended THEN NULL
        ELSE to_timestamp(i.wake / 1000) END,
      ended_at = CASE WHEN i.ended THEN coalesce(r.ended_at, now()) ELSE NULL END
    FROM input i JOIN locked l ON l.id = i.id
    WHERE r.id = i.id AND r.owner = $1 AND r.epoch = i.epoch AND r.next_seq = i.expected
    RETURNING r.id, r.signals, i.ord, i.epoch
  ), entry AS (
    INSERT INTO journal (run_id, seq, epoch, at, type, body, payloads)
    SELECT w.id, e.seq, w.epoch, to_timestamp(e.at / 1000), e.type, e.body, ${payloads}
    FROM unnest($12::int[], $13::int[], $14::float8[], $15::text[], $16::json[]${more}
    JOIN written w ON w.ord = e.run
  )`;

const PLAIN = `${update('NULL', ') AS e (run, seq, at, type, body)')} SELECT id, signals FROM written`;

/** The same with the rows that few commits have: incidents, signals and large values. */
const FULL = `${update("string_to_array(e.payloads, ',')", ', $31::text[]) AS e (run, seq, at, type, body, payloads)')}, opened AS (
    INSERT INTO incident (run_id, id, step, direction, failure, opened_at)
    SELECT w.id, n.id, n.step, n.direction, n.failure, to_timestamp(n.at / 1000)
    FROM unnest($17::int[], $18::text[], $19::text[], $20::text[], $21::json[], $22::float8[]) AS n (run, id, step, direction, failure, at)
    JOIN written w ON w.ord = n.run
    ON CONFLICT (run_id, id) DO UPDATE SET failure = excluded.failure, opened_at = excluded.opened_at, resolved_at = NULL
  ), resolved AS (
    UPDATE incident t SET resolved_at = to_timestamp(n.at / 1000)
    FROM unnest($23::int[], $24::text[], $25::float8[]) AS n (run, id, at) JOIN written w ON w.ord = n.run
    WHERE t.run_id = w.id AND t.id = n.id
  ), used AS (
    DELETE FROM run_signal s
    USING unnest($26::int[], $27::int[]) AS n (run, number) JOIN written w ON w.ord = n.run
    WHERE s.run_id = w.id AND s.number = n.number
  ), large AS (${STORE_PAYLOADS('$28', '$29', '$30')}
  )
  SELECT id, signals FROM written`;

/**
 * Writes the commits of several runs (one per run) in one statement.
 *
 * @returns per run that passed the fence, the number of its latest signal
 */
export async function commitRuns(
  sql: Queryable,
  incarnation: string,
  commits: readonly RunCommit[],
): Promise<Map<string, number>> {
  const runs = [...commits].sort(compareIds);
  const entries = runs.flatMap((run, index) => run.entries.map((prepared) => ({ run: index + 1, ...prepared })));
  const opened = entries.flatMap(({ run, entry }) => (entry.type === 'incident.opened' ? [{ run, entry }] : []));
  const closed = runs.flatMap((run, index) =>
    (run.incidentsClosed ?? []).map(({ id, at }) => ({ run: index + 1, id, at })),
  );
  const used = runs.flatMap((run, index) => run.signalsUsed.map((number) => ({ run: index + 1, number })));
  const payloads = entries.flatMap((prepared) => prepared.payloads);
  const plain = opened.length + closed.length + used.length + payloads.length === 0;
  const values: unknown[] = [
    incarnation,
    runs.map((run) => run.id),
    runs.map((run) => run.epoch),
    runs.map((run) => run.nextSeq),
    runs.map((run) => run.nextSeq + run.entries.length),
    runs.map((run) => run.status),
    runs.map((run) => (run.failure === null ? null : JSON.stringify(run.failure))),
    runs.map((run) => run.release.kind !== 'keep'),
    runs.map((run) => run.release.kind === 'end'),
    runs.map((run) => (run.release.kind === 'park' ? run.release.wakeAt : null)),
    runs.map((run) => run.signalsSeen),
    entries.map(({ run }) => run),
    entries.map(({ entry }) => entry.seq),
    entries.map(({ entry }) => entry.at),
    entries.map(({ entry }) => entry.type),
    entries.map(({ body }) => body),
  ];
  if (!plain) {
    values.push(
      opened.map(({ run }) => run),
      opened.map(({ entry }) => entry.incident),
      opened.map(({ entry }) => entry.step),
      opened.map(({ entry }) => entry.direction),
      opened.map(({ entry }) => JSON.stringify(entry.failure)),
      opened.map(({ entry }) => entry.at),
      closed.map(({ run }) => run),
      closed.map(({ id }) => id),
      closed.map(({ at }) => at),
      used.map(({ run }) => run),
      used.map(({ number }) => number),
      ...payloadValues(payloads),
      entries.map(({ payloads: own }) => (own.length === 0 ? null : own.map(({ hash }) => hash).join(','))),
    );
  }
  const { rows } = await sql.query<{ id: string; signals: number }>({
    name: plain ? 'run-commit' : 'run-commit-full',
    text: plain ? PLAIN : FULL,
    values,
  });
  return new Map(rows.map((row) => [row.id, row.signals]));
}

/**
 * The same, together with what the commits change beside their journals. Without any of that it is the one statement.
 *
 * @param shards of the backlog, for runs that are started
 */
export async function commitRunsAndBeside(
  database: Pick<Database, 'transaction'>,
  sql: Queryable,
  incarnation: string,
  commits: readonly RunCommit[],
  shards: number,
): Promise<{ readonly signals: Map<string, number>; readonly aftermath: Aftermath | null }> {
  const more = commits
    .flatMap(({ id, beside }): BesideOf[] => (beside == null ? [] : [{ id, beside }]))
    .sort(compareIds);
  if (more.length === 0) {
    const signals = await commitRuns(sql, incarnation, commits);
    rememberPayloads(commits, signals);
    return { signals, aftermath: null };
  }
  const done = await database.transaction(async (client) => {
    await lockRuns(client, [...commits.map(({ id }) => ({ id, beside: null })), ...more]);
    const signals = await commitRuns(client, incarnation, commits);
    const aftermath = await writeBeside(
      client,
      more.filter(({ id }) => signals.has(id)),
      shards,
    );
    return { signals, aftermath };
  });
  rememberPayloads(commits, done.signals);
  return done;
}

function rememberPayloads(commits: readonly RunCommit[], written: ReadonlyMap<string, number>): void {
  for (const { id, entries } of commits) {
    if (!written.has(id)) continue;
    for (const { payloads } of entries)
      rememberReferences(
        id,
        payloads.map(({ hash }) => hash),
      );
  }
}

/** How far a run got, for a writer that lost its connection and does not know. */
export type CommitFate = 'committed' | 'open' | 'fenced';

/**
 * After a connection was lost with commits under way: what became of each.
 * `committed`: it is durable. `open`: nothing was written and the writer still owns the run, so it may send it again.
 * `fenced`: nothing was written, and nothing can be.
 */
export async function fateOfCommits(
  sql: Queryable,
  incarnation: string,
  commits: readonly RunCommit[],
): Promise<Map<string, { fate: CommitFate; signals: number }>> {
  const { rows } = await sql.query<{
    id: string;
    owner: string | null;
    epoch: number;
    next_seq: number;
    signals: number;
    written: boolean;
  }>({
    name: 'run-commit-fate',
    text: `
      SELECT r.id, r.owner, r.epoch, r.next_seq, r.signals, j.run_id IS NOT NULL AS written
      FROM unnest($1::uuid[], $2::int[], $3::int[]) AS i (id, seq, epoch)
      JOIN run r ON r.id = i.id
      LEFT JOIN journal j ON j.run_id = i.id AND j.seq = i.seq AND j.epoch = i.epoch`,
    values: [commits.map((c) => c.id), commits.map((c) => c.nextSeq), commits.map((c) => c.epoch)],
  });
  const found = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    commits.map((commit) => {
      const row = found.get(commit.id);
      if (row === undefined) return [commit.id, { fate: 'fenced', signals: 0 }];
      const ours = row.owner === incarnation && row.epoch === commit.epoch;
      // Without entries only a change of owner tells; a kept run's commit without entries can simply be sent again.
      const durable = commit.entries.length > 0 ? row.written : row.owner === null && row.epoch === commit.epoch;
      const fate = durable ? 'committed' : ours && row.next_seq === commit.nextSeq ? 'open' : 'fenced';
      return [commit.id, { fate, signals: row.signals }];
    }),
  );
}

/** Id of the incident of a run whose journal cannot even take that. */
const UNREADABLE = 'run~unreadable';

/** Last resort for a run whose journal cannot be read or written: it stands still in front of a person, and is not tried again. */
export async function quarantineRun(
  sql: Queryable,
  incarnation: string,
  id: string,
  epoch: number,
  failure: Failure,
): Promise<boolean> {
  const result = await sql.query({
    text: `WITH stopped AS (
             UPDATE run SET status = 'blocked', failure = $4, owner = NULL, runnable_at = NULL
             WHERE id = $1 AND owner = $2 AND epoch = $3 RETURNING id
           )
           INSERT INTO incident (run_id, id, step, direction, failure, opened_at)
           SELECT id, $5, '', 'forward', $4, now() FROM stopped
           ON CONFLICT (run_id, id) DO UPDATE SET failure = excluded.failure, opened_at = excluded.opened_at, resolved_at = NULL`,
    values: [id, incarnation, epoch, JSON.stringify(failure), UNREADABLE],
  });
  return result.rowCount === 1;
}
