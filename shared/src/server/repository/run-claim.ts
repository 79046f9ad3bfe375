/**
 * Claim: a worker takes runs that are due and that nobody owns.
 *
 * 1. A claim raises the run's epoch; whoever held an older epoch can write nothing any more.
 * 2. Only an incarnation with a live lease can claim.
 * 3. Rows that somebody else has locked are skipped, so a claim never waits for commits or for sweeps.
 * 4. Nothing of a paused workflow or workspace is claimed.
 */
import { FailureError } from '../../kernel/index.js';
import { upgradeDefinition } from '../../saga/index.js';
import type { Entry, SagaDefinition } from '../../saga/index.js';
import { compareIds } from './run-order.js';
import type { Queryable } from '../db/index.js';
import { rememberReferences, resolveBodies } from './payload.js';

export interface ClaimedRun {
  readonly id: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly epoch: number;
  /** Position of the journal entry that comes next. */
  readonly nextSeq: number;
  /** Number of the latest signal that was sent to the run. */
  readonly signals: number;
  /** The run that waits to hear how this one ends. */
  readonly parentRunId: string | null;
}

const CLAIM = `
  SELECT r.id, r.workspace_id AS "workspaceId", r.workflow_id AS "workflowId", r.version_id AS "versionId",
    r.epoch, r.next_seq AS "nextSeq", r.signals, CASE WHEN r.parent_waits THEN r.parent_run_id END AS "parentRunId"
  FROM claim_runs($1, $2, $3) r`;

/**
 * Takes up to `limit` runnable runs of a shard. When more are due, workspaces share the claim evenly, and so do the workflows
 * of a workspace at its highest priority; of a workflow, whoever is due longest goes first.
 *
 * @returns the runs taken, in the order of their ids; fewer than `limit` only when there are no more
 */
export async function claimRuns(
  sql: Queryable,
  shard: number,
  incarnation: string,
  limit: number,
): Promise<ClaimedRun[]> {
  const { rows } = await sql.query<{ [K in keyof ClaimedRun]: ClaimedRun[K] }>({
    name: 'run-claim',
    text: CLAIM,
    values: [shard, incarnation, limit],
  });
  return rows.sort(compareIds);
}

interface JournalRow {
  readonly runId: string;
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly body: object;
  readonly payloads: string[] | null;
}

const JOURNALS = `
  SELECT run_id AS "runId", seq, (extract(epoch FROM at) * 1000)::float8 AS at, type, body, payloads
  FROM journal WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, seq`;

/**
 * The whole journals of several runs, in one query, with their large values. A journal ends before an entry that misses one
 * of its values.
 */
export async function loadJournals(sql: Queryable, runIds: readonly string[]): Promise<Map<string, Entry[]>> {
  const journals = new Map<string, Entry[]>(runIds.map((id) => [id, []]));
  if (runIds.length === 0) return journals;
  const { rows } = await sql.query<JournalRow>({
    name: 'run-journals',
    text: JOURNALS,
    values: [runIds],
  });
  const bodies = await resolveBodies(sql, rows);
  for (const [index, { runId, seq, at, type, payloads }] of rows.entries()) {
    const journal = journals.get(runId);
    const body = bodies[index] ?? null;
    // The body was written by this engine from a typed entry; replay is hot, so it is not parsed by schema again.
    if (body !== null && journal?.length === seq - 1) journal.push({ ...body, seq, at, type } as Entry);
    if (payloads !== null) rememberReferences(runId, payloads);
  }
  return journals;
}

/**
 * The definitions that some versions were published with. Versions are immutable: cache them for good.
 *
 * @returns null for a definition that only a later version of this program can read; none for one that is damaged
 */
export async function loadDefinitions(
  sql: Queryable,
  versionIds: readonly string[],
): Promise<Map<string, SagaDefinition | null>> {
  const { rows } = await sql.query<{ id: string; definition: unknown }>({
    name: 'version-definitions',
    text: 'SELECT id, definition FROM workflow_version WHERE id = ANY($1::uuid[])',
    values: [versionIds],
  });
  const readable = new Map<string, SagaDefinition | null>();
  for (const { id, definition } of rows) {
    try {
      readable.set(id, upgradeDefinition(definition));
    } catch (error) {
      if (error instanceof FailureError && error.failure.code === 'definition.newer') readable.set(id, null);
    }
  }
  return readable;
}
