/**
 * Maintenance: what has to be done now and then, by one of the workers, whichever is first.
 *
 * 1. Partitions are made ahead, so that nothing has to wait for one.
 * 2. What retention says is over is deleted: runs, events, claims, payloads, dead letters; then partitions that became empty.
 * 3. Each batch is a transaction with short timeouts, under a lock that one worker at a time gets; it may die between any two.
 *    What it left is found by the next round.
 * 4. What was deleted is told: in the audit log of its workspace in the same transaction, in the figures, in the log.
 */
import {
  appendAudit,
  beginMaintenance,
  deleteClaims,
  deleteEndedRuns,
  deleteEvents,
  deletePayloads,
  dropIfEmpty,
  eventTypesOver,
  makePartitions,
  metrics,
  pastPartitions,
  sweepDeadLetters,
  workflowsWithRetention,
} from '@sagawright/shared/server';
import type { AuditRow, Database, Logger, PayloadPlace, Queryable } from '@sagawright/shared/server';

export interface MaintenanceWorld {
  readonly transaction: Database['transaction'];
  readonly random: () => number;
  readonly logger: Logger;
  /** Called between batches. */
  readonly failpoint?: (where: 'in-maintenance') => void;
}

export interface MaintenanceSettings {
  /** Between the beginnings of two rounds, of all workers together. */
  readonly everyMs?: number;
  /** How long an event that comes again is known. */
  readonly claimDays?: number;
  readonly batch?: number;
}

const EVERY_MS = 60 * 60_000;
/** Partitions are made for so many days ahead. */
const AHEAD_DAYS = 3;
/** "TIDY" in ASCII. */
const LOCK = 0x54494459;
const BY: AuditRow['actor'] = { kind: 'system', id: 'retention', name: 'Retention', ip: null };

type Deleted = 'run' | 'event' | 'payload' | 'partition' | 'dead-letter' | 'other';

/** Begins soon, and goes on until it is stopped. */
export function startMaintenance(
  world: MaintenanceWorld,
  settings: MaintenanceSettings = {},
): { stop(): Promise<void> } {
  const { everyMs = EVERY_MS } = settings;
  const over = new AbortController();
  let round = Promise.resolve();
  let timer: NodeJS.Timeout;
  const again = (ms: number): void => {
    timer = setTimeout(() => {
      round = maintain(world, settings, over.signal)
        .catch((error: unknown) =>
          world.logger.warn({ error: messageOf(error) }, 'maintenance failed; it is tried again'),
        )
        .then(() => {
          if (!over.signal.aborted) again(everyMs * (0.5 + world.random() / 2));
        });
    }, ms);
    timer.unref();
  };
  again(world.random() * Math.min(everyMs, 30_000));
  return {
    stop: async () => {
      over.abort();
      clearTimeout(timer);
      await round;
    },
  };
}

/** One round, unless somebody else has begun one a short while ago. @returns whether it was ours */
export async function maintain(
  world: MaintenanceWorld,
  { everyMs = EVERY_MS, claimDays = 7, batch = 500 }: MaintenanceSettings = {},
  stopped: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const began = performance.now();
  const { logger } = world;
  if (!(await world.transaction((sql) => beginMaintenance(sql, everyMs)))) return false;

  /** Until less than a batch is left. */
  const each = async (what: Deleted, one: (sql: Queryable) => Promise<number>): Promise<void> => {
    for (let count: number | null = batch; count === batch && !stopped.aborted;) {
      count = await alone(world, one);
      if (count !== null && count > 0) metrics.retentionDeletions.inc({ what }, count);
      world.failpoint?.('in-maintenance');
    }
  };
  const steps: Record<string, () => Promise<void>> = {
    'making partitions': async () => {
      const made = await alone(world, (sql) => makePartitions(sql, AHEAD_DAYS));
      if (made !== null && made.length > 0) logger.info({ partitions: made }, 'made partitions');
    },
    'deleting runs': async () => {
      for (const { id, workspaceId } of (await alone(world, workflowsWithRetention)) ?? []) {
        await each('run', async (sql) => {
          const count = await deleteEndedRuns(sql, id, batch);
          await tell(sql, workspaceId, `workflow:${id}`, { runs: count }, count);
          return count;
        });
      }
    },
    'deleting events': async () => {
      for (const { name, of } of (await alone(world, pastPartitions)) ?? []) {
        if (of !== 'event') continue;
        for (const over of (await alone(world, (sql) => eventTypesOver(sql, name))) ?? []) {
          await each('event', async (sql) => {
            const count = await deleteEvents(sql, name, over, batch);
            await tell(sql, over.workspaceId, `event-type:${over.type}`, { events: count, type: over.type }, count);
            return count;
          });
        }
      }
    },
    'forgetting who has come before': () => each('other', (sql) => deleteClaims(sql, claimDays, batch)),
    'deleting large values': async () => {
      for (let after: PayloadPlace | null = null, more = true; more && !stopped.aborted;) {
        const done: { next: PayloadPlace | null; deleted: number } | null = await alone(world, (sql) =>
          deletePayloads(sql, after, batch),
        );
        metrics.retentionDeletions.inc({ what: 'payload' }, done?.deleted ?? 0);
        after = done?.next ?? null;
        more = after !== null;
      }
    },
    'deleting dead letters': () => each('dead-letter', (sql) => sweepDeadLetters(sql, batch)),
    'dropping partitions': async () => {
      for (const partition of (await alone(world, pastPartitions)) ?? []) {
        if (stopped.aborted || (await alone(world, (sql) => dropIfEmpty(sql, partition))) !== true) continue;
        metrics.retentionDeletions.inc({ what: 'partition' });
        logger.info({ partition: partition.name }, 'dropped a partition that nothing was left in');
      }
    },
  };
  for (const [name, step] of Object.entries(steps)) {
    if (stopped.aborted) break;
    try {
      await step();
    } catch (error) {
      // One that fails must not keep the others from being done.
      logger.warn({ error: messageOf(error) }, `maintenance: ${name} failed; the next round tries again`);
    }
  }
  metrics.retentionSeconds.observe((performance.now() - began) / 1000);
  return true;
}

/** In a transaction of its own, if nobody else is at it. @returns null when somebody is */
async function alone<T>(world: MaintenanceWorld, work: (sql: Queryable) => Promise<T>): Promise<T | null> {
  return await world.transaction(async (sql) => {
    await sql.query(`SET LOCAL statement_timeout = '20s'; SET LOCAL lock_timeout = '1s'`);
    const { rows } = await sql.query<{ ours: boolean }>(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS ours`);
    return rows[0]?.ours === true ? await work(sql) : null;
  });
}

async function tell(
  sql: Queryable,
  workspaceId: string,
  subject: string,
  details: AuditRow['details'],
  count: number,
): Promise<void> {
  if (count === 0) return;
  await appendAudit(sql, workspaceId, { actor: BY, action: 'retention.delete', subject, details });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
