/**
 * What a run's commit changes beside its journal: the rows by which others find what the run waits for.
 *
 * 1. Everything here is written in the transaction of the journal entries that it follows from, and only for runs that
 *    passed the fence there (the transaction holds their rows).
 * 2. Rows of waits and tasks are projections: the journal's `step.waiting` opens them, whatever settles the step closes them.
 * 3. Who has to hear of it (a parent, a child) gets its signal in the same transaction.
 * 4. The runs that it names are locked first, in the order of ids. The waiting runs that the event of a failure wakes are
 *    known only later and are locked out of that order: commits, and the doors that store events, may then meet in a circle.
 *    The database gives one of them up; both the journal's writer and the doors send theirs again.
 */
import { createHash } from 'node:crypto';
import type { Json } from '../../kernel/index.js';
import type { Actor, Awaited, ChildEnd } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { endsOfChildren } from './children.js';
import { correlationText } from './correlation.js';
import { startFailureRuns } from './failure-triggers.js';
import type { Trouble } from './failure-triggers.js';
import { leaveLanes } from './lanes.js';
import { sendSignals } from './run-signal.js';
import type { SignalBody, Woken } from './run-signal.js';

export interface OpenedWait {
  readonly instance: string;
  /** Position of the journal entry that opened it. */
  readonly seq: number;
  readonly awaited: Extract<Awaited, { kind: 'event' }>;
  /** Events that other passes of the step have taken already, as `source id`. */
  readonly taken: readonly string[];
}

export interface OpenedTask {
  readonly instance: string;
  readonly seq: number;
  readonly at: number;
  readonly awaited: Extract<Awaited, { kind: 'task' }>;
}

export interface TaskResult {
  /** Of a race, which of its tasks; the others are withdrawn. */
  readonly arm: string | null;
  readonly outcome: string;
  readonly data: Json | null;
  readonly comment: string | null;
  readonly by: Actor | null;
}

export interface RunBeside {
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly waits: readonly OpenedWait[];
  readonly tasks: readonly OpenedTask[];
  /** Steps that wait no more: their waits go, and their tasks are completed by the answer, or else withdrawn. */
  readonly settled: readonly { readonly instance: string; readonly at: number; readonly answer: TaskResult | null }[];
  readonly nudges: readonly {
    readonly instance: string;
    readonly nudge: 'reminder' | 'escalation';
    readonly at: number;
  }[];
  /** Steps whose task was answered in a way that does not count: it is open again. */
  readonly reopened: readonly { readonly instance: string; readonly arm: string | null }[];
  /** Steps that need no places of concurrency keys any more. */
  readonly freed: readonly { readonly instance: string }[];
  /** The run has ended and gives its place among those of its key, and in its lane, to others. */
  readonly leaves: boolean;
  /** Children whose end is awaited from now on; one that has ended already is told of at once. */
  readonly children: readonly { readonly instance: string; readonly child: string; readonly undo: boolean }[];
  /** Children that are asked to stop. */
  readonly cancelled: readonly { readonly child: string; readonly reason: string }[];
  /** What the parent is told. */
  readonly parent: ParentNews | null;
  /** Failure triggers may answer it. */
  readonly trouble: Pick<Trouble, 'status' | 'failure' | 'seq' | 'at'> | null;
}

export interface ParentNews {
  readonly run: string;
  readonly instance: string;
  readonly end: ChildEnd;
  /** It answers an undo that was asked for. */
  readonly undo: boolean;
}

/** A run that passed the fence, with what it changes beside. */
export interface BesideOf {
  readonly id: string;
  readonly beside: RunBeside;
}

/** What followed from commits for others. */
export interface Aftermath {
  /** Runs that have something to do now, for their doorbells. */
  readonly woken: readonly Woken[];
  /** Waits were opened: early events have to be looked for. */
  readonly waits: boolean;
  /** Places became free: those in line have to be let in. */
  readonly freed: boolean;
}

/** Before anything else in the transaction. */
export async function lockRuns(
  sql: Queryable,
  runs: readonly { readonly id: string; readonly beside: RunBeside | null }[],
): Promise<void> {
  const ids = runs.flatMap(({ id, beside }) => [
    id,
    ...(beside?.cancelled ?? []).map(({ child }) => child),
    ...(beside?.parent == null ? [] : [beside.parent.run]),
  ]);
  await sql.query({
    name: 'beside-lock',
    text: 'SELECT FROM run WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE',
    values: [ids],
  });
}

export async function writeBeside(sql: Queryable, runs: readonly BesideOf[], shards: number): Promise<Aftermath> {
  const all = <T>(pick: (beside: RunBeside) => readonly T[]): Of<T>[] =>
    runs.flatMap((run) =>
      pick(run.beside).map((each) => ({ ...each, run: run.id, workspace: run.beside.workspaceId })),
    );
  await settle(
    sql,
    all((beside) => beside.settled),
  );
  await openWaits(
    sql,
    all((beside) => beside.waits),
  );
  await openTasks(
    sql,
    all((beside) => beside.tasks),
  );
  await nudge(
    sql,
    all((beside) => beside.nudges),
  );
  await reopen(
    sql,
    all((beside) => beside.reopened),
  );
  const leaving = runs.filter(({ beside }) => beside.leaves).map(({ id }) => id);
  const left = await leave(sql, leaving);
  const freed = await free(
    sql,
    all((beside) => beside.freed),
  );
  const signals: { runId: string; body: SignalBody }[] = [];
  for (const { id, beside } of runs) {
    const by: Actor = { kind: 'system', id, name: 'Parent run' };
    for (const { child, reason } of beside.cancelled) {
      signals.push({ runId: child, body: { type: 'run.cancel-requested', by, reason } });
    }
    if (beside.parent !== null) {
      const { run, instance, end, undo } = beside.parent;
      signals.push({ runId: run, body: { type: 'child.ended', instance, run: id, end, undo } });
    }
  }
  for (const { parent, instance, child, end, undo } of await endsOfChildren(
    sql,
    all((beside) => beside.children).map(({ run, ...each }) => ({ ...each, parent: run })),
  )) {
    signals.push({ runId: parent, body: { type: 'child.ended', instance, run: child, end, undo } });
  }
  const started = await startFailureRuns(
    sql,
    runs.flatMap(({ id, beside: { workspaceId, workflowId, trouble } }) =>
      trouble === null ? [] : [{ ...trouble, run: id, workspaceId, workflowId }],
    ),
    shards,
  );
  const woken = [...(await sendSignals(sql, signals)), ...started];
  return { woken, waits: runs.some(({ beside }) => beside.waits.length > 0), freed: freed || left };
}

type Of<T> = T & { readonly run: string; readonly workspace: string };

async function settle(sql: Queryable, settled: readonly Of<RunBeside['settled'][number]>[]): Promise<void> {
  if (settled.length === 0) return;
  await sql.query({
    name: 'beside-settle',
    text: `
      WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::text[], $5::json[], $6::text[], $7::json[], $8::text[])
          AS i (run, instance, at, outcome, data, comment, by, arm)
      ), closed AS (
        DELETE FROM wait w USING input i WHERE w.run_id = i.run AND w.instance = i.instance
      )
      UPDATE task t SET
        status = CASE WHEN a.outcome IS NULL THEN 'withdrawn' ELSE 'completed' END,
        outcome = a.outcome, data = a.data, comment = a.comment, completed_by = a.by, completed_at = to_timestamp(i.at / 1000)
      FROM task own
      JOIN input i ON i.run = own.run_id AND i.instance = own.instance
      LEFT JOIN input a ON a.run = own.run_id AND a.instance = own.instance AND a.arm IS NOT DISTINCT FROM own.arm
      WHERE t.id = own.id
        AND own.seq = (SELECT max(l.seq) FROM task l WHERE l.run_id = own.run_id AND l.instance = own.instance)`,
    values: [
      settled.map(({ run }) => run),
      settled.map(({ instance }) => instance),
      settled.map(({ at }) => at),
      settled.map(({ answer }) => answer?.outcome ?? null),
      settled.map(({ answer }) => jsonOrNull(answer?.data)),
      settled.map(({ answer }) => answer?.comment ?? null),
      settled.map(({ answer }) => jsonOrNull(answer?.by)),
      settled.map(({ answer }) => answer?.arm ?? null),
    ],
  });
}

async function openWaits(sql: Queryable, waits: readonly Of<OpenedWait>[]): Promise<void> {
  if (waits.length === 0) return;
  await sql.query({
    name: 'beside-waits',
    text: `
      INSERT INTO wait (run_id, instance, arm, seq, workspace_id, type, path, value, filter, since, taken, schema_version)
      SELECT i.run, i.instance, i.arm, i.seq, i.workspace, i.type, i.path, i.value, i.filter,
        /* A replayed run waits in the past: what came after its own event is there for it. */
        least(to_timestamp(i.since / 1000), (
          SELECT e.recorded_at FROM run r JOIN event e ON e.position = r.event_position
          WHERE r.id = i.run AND r.replay_id IS NOT NULL
        )),
        ARRAY(SELECT json_array_elements_text(i.taken)), i.schema_version
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::json[],
        $10::float8[], $11::json[], $12::int[])
        AS i (run, instance, arm, seq, workspace, type, path, value, filter, since, taken, schema_version)
      ON CONFLICT DO NOTHING`,
    values: [
      waits.map(({ run }) => run),
      waits.map(({ instance }) => instance),
      waits.map(({ awaited }) => awaited.arm),
      waits.map(({ seq }) => seq),
      waits.map(({ workspace }) => workspace),
      waits.map(({ awaited }) => awaited.type),
      waits.map(({ awaited }) => awaited.correlation?.path ?? ''),
      waits.map(({ awaited }) => (awaited.correlation === null ? '' : correlationText(awaited.correlation.value))),
      waits.map(({ awaited }) => jsonOrNull(awaited.filter)),
      waits.map(({ awaited }) => awaited.since),
      waits.map(({ taken }) => JSON.stringify(taken)),
      waits.map(({ awaited }) => awaited.schemaVersion ?? null),
    ],
  });
}

async function openTasks(sql: Queryable, tasks: readonly Of<OpenedTask>[]): Promise<void> {
  if (tasks.length === 0) return;
  await sql.query({
    name: 'beside-tasks',
    text: `
      INSERT INTO task (id, workspace_id, run_id, instance, arm, seq, title, instructions, assignees, escalate_to, form,
        outcomes, due_at, created_at)
      SELECT i.id, i.workspace, i.run, i.instance, i.arm, i.seq, i.title, i.instructions,
        ARRAY(SELECT json_array_elements_text(i.assignees)), ARRAY(SELECT json_array_elements_text(i.escalate_to)), i.form,
        i.outcomes, to_timestamp(i.due / 1000), to_timestamp(i.at / 1000)
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::json[],
        $10::json[], $11::json[], $12::json[], $13::float8[], $14::float8[])
        AS i (id, workspace, run, instance, arm, seq, title, instructions, assignees, escalate_to, form, outcomes, due, at)
      ON CONFLICT DO NOTHING`,
    values: [
      tasks.map(taskId),
      tasks.map(({ workspace }) => workspace),
      tasks.map(({ run }) => run),
      tasks.map(({ instance }) => instance),
      tasks.map(({ awaited }) => awaited.arm),
      tasks.map(({ seq }) => seq),
      tasks.map(({ awaited }) => awaited.title),
      tasks.map(({ awaited }) => awaited.instructions),
      tasks.map(({ awaited }) => JSON.stringify(awaited.assignees)),
      tasks.map(({ awaited }) => JSON.stringify(awaited.escalateTo)),
      tasks.map(({ awaited }) => jsonOrNull(awaited.form)),
      tasks.map(({ awaited }) => JSON.stringify(awaited.outcomes)),
      tasks.map(({ awaited }) => awaited.dueAt),
      tasks.map(({ at }) => at),
    ],
  });
}

async function nudge(sql: Queryable, nudges: readonly Of<RunBeside['nudges'][number]>[]): Promise<void> {
  // One after another: a task that is reminded and escalated in one commit has two.
  for (const { run, instance, nudge: kind, at } of nudges) {
    await sql.query({
      name: `beside-${kind}`,
      text:
        kind === 'reminder'
          ? `UPDATE task SET reminders = reminders + 1, reminded_at = to_timestamp($3::float8 / 1000)
             WHERE run_id = $1 AND instance = $2 AND status = 'open'`
          : `UPDATE task SET escalated_at = to_timestamp($3::float8 / 1000),
               assignees = ARRAY(SELECT DISTINCT unnest(assignees || escalate_to) ORDER BY 1)
             WHERE run_id = $1 AND instance = $2 AND status = 'open' AND cardinality(escalate_to) > 0`,
      values: [run, instance, at],
    });
  }
}

async function reopen(sql: Queryable, tasks: readonly Of<RunBeside['reopened'][number]>[]): Promise<void> {
  if (tasks.length === 0) return;
  await sql.query({
    name: 'beside-reopen',
    text: `
      UPDATE task t SET status = 'open', outcome = NULL, data = NULL, comment = NULL, completed_by = NULL, completed_at = NULL
      FROM unnest($1::uuid[], $2::text[], $3::text[]) AS i (run, instance, arm)
      WHERE t.run_id = i.run AND t.instance = i.instance AND t.arm IS NOT DISTINCT FROM i.arm AND t.status = 'completed'
        AND t.seq = (SELECT max(l.seq) FROM task l WHERE l.run_id = i.run AND l.instance = i.instance)`,
    values: [tasks.map(({ run }) => run), tasks.map(({ instance }) => instance), tasks.map(({ arm }) => arm)],
  });
}

/** @returns whether somebody may be in line for what became free */
async function free(sql: Queryable, steps: readonly Of<{ readonly instance: string }>[]): Promise<boolean> {
  if (steps.length === 0) return false;
  // Starts that a rate limit has seen count until their time is over; those to come never were.
  const { rowCount } = await sql.query({
    name: 'beside-free',
    text: `
      DELETE FROM slot s USING unnest($1::uuid[], $2::text[]) AS i (run, instance)
      WHERE s.run_id = i.run AND s.instance = i.instance AND (s.kind = 'concurrency' OR s.due > now())`,
    values: [steps.map(({ run }) => run), steps.map(({ instance }) => instance)],
  });
  return (rowCount ?? 0) > 0;
}

/** @returns whether somebody may be in line for what became free */
async function leave(sql: Queryable, runs: readonly string[]): Promise<boolean> {
  if (runs.length === 0) return false;
  const { rowCount } = await sql.query({
    name: 'beside-leave',
    text: 'DELETE FROM run_place WHERE run_id = ANY($1::uuid[])',
    values: [runs],
  });
  return (await leaveLanes(sql, runs)) || (rowCount ?? 0) > 0;
}

function taskId({ run, instance, seq, awaited }: Of<OpenedTask>): string {
  const hash = createHash('sha256')
    .update(`${run} ${instance} ${seq} ${awaited.arm ?? ''}`)
    .digest();
  // Made from its place, so that a commit which is sent again opens the same task (RFC 9562, version 8).
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function jsonOrNull(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
