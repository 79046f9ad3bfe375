/** Keys whose runs go one after another (S32), for the people who look after them; each change is told in the audit log. */
import type { Lane, laneRoutes, RouteRequest } from '@sagawright/shared/contracts';
import {
  appendAudit,
  letLanesIn,
  listLanes,
  metrics,
  pauseLane,
  resumeLane,
  skipInLane,
} from '@sagawright/shared/server';
import type { Database, Doorbell, LaneName, LaneRow } from '@sagawright/shared/server';
import { z } from 'zod';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';

type Query = RouteRequest<(typeof laneRoutes)['listLanes']>['query'];
type Name = Pick<LaneName, 'triggerId' | 'key'>;
type Sql = Parameters<typeof appendAudit>[0];

const cursorSchema = z.tuple([z.uuid(), z.string()]);

export class Lanes {
  constructor(
    private readonly database: Database,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
  ) {}

  /** @throws Refusal `request.invalid` for a cursor of something else */
  async list({ workspaceId }: Caller, query: Query): Promise<{ items: Lane[]; nextCursor: string | null }> {
    const { state, workflowId = null, cursor, limit } = query;
    const after = cursor === undefined ? null : readLaneCursor(cursor);
    const rows = await listLanes(this.database.pool, { workspaceId, workflowId, state, after, limit: limit + 1 });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const nextCursor = last && Buffer.from(JSON.stringify([last.triggerId, last.key])).toString('base64url');
    return { items: rows.slice(0, limit).map(laneOf), nextCursor: nextCursor ?? null };
  }

  /** @throws Refusal `trigger.not-found` */
  async pause(caller: Caller, name: Name): Promise<{ changed: boolean }> {
    const lane = { ...name, workspaceId: caller.workspaceId };
    const changed = await this.change(caller, 'lane.pause', name, (sql) => pauseLane(sql, lane));
    if (changed === null) {
      throw new Refusal(
        'trigger.not-found',
        'There is no such trigger in this workspace; GET /api/v1/lanes names them.',
      );
    }
    return { changed };
  }

  async resume(caller: Caller, name: Name): Promise<{ changed: boolean }> {
    const lane = { ...name, workspaceId: caller.workspaceId };
    const changed = await this.change(caller, 'lane.resume', name, (sql) => resumeLane(sql, lane));
    if (changed === true) metrics.partitionUnblocks.inc({ how: 'resumed' });
    await this.letIn();
    return { changed: changed === true };
  }

  /** @throws Refusal `lane.not-blocked` */
  async skip(caller: Caller, name: Name, runId: string): Promise<{ changed: boolean }> {
    const lane = { ...name, workspaceId: caller.workspaceId };
    const skipped = (sql: Sql) => skipInLane(sql, lane, runId);
    if ((await this.change(caller, 'lane.skip', name, skipped, { runId })) === null) {
      const message = 'This run does not block the key (any more); look at GET /api/v1/lanes again.';
      throw new Refusal('lane.not-blocked', message);
    }
    metrics.partitionUnblocks.inc({ how: 'skipped' });
    await this.letIn();
    return { changed: true };
  }

  /** @returns null when there is nothing to change; whoever pauses what is paused changes nothing */
  private async change(
    caller: Caller,
    action: string,
    { triggerId, key }: Name,
    set: (sql: Sql) => Promise<boolean | null>,
    details: Record<string, string> = {},
  ): Promise<boolean | null> {
    return this.database.transaction(async (sql) => {
      const changed = await set(sql);
      if (changed === true) {
        const entry = {
          actor: auditActor(caller),
          action,
          subject: `trigger:${triggerId}`,
          details: { key, ...details },
        };
        await appendAudit(sql, caller.workspaceId, entry);
      }
      return changed;
    });
  }

  private async letIn(): Promise<void> {
    const woken = await letLanesIn(this.database.pool);
    for (const shard of new Set(woken.map((run) => run.shard))) this.doorbell.ring(shard);
  }
}

function laneOf(row: LaneRow): Lane {
  const { workflowId, workflowName, triggerId, triggerNode, key, waiting, runId, runStatus } = row;
  return {
    workflowId,
    workflowName,
    triggerId,
    nodeId: triggerNode,
    key,
    state: row.isBlocked ? 'blocked' : row.pausedSince === null ? 'going' : 'paused',
    run: runId === null || runStatus === null ? null : { id: runId, status: runStatus },
    waiting,
    blockedSince: row.blockedSince?.toISOString() ?? null,
    pausedSince: row.pausedSince?.toISOString() ?? null,
  };
}

function readLaneCursor(text: string): Name {
  try {
    const [triggerId, key] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { triggerId, key };
  } catch (cause) {
    const message = 'is not a cursor of this list; leave it out to start at the first page';
    const errors = [{ path: 'query.cursor', message }];
    throw new Refusal('request.invalid', `query.cursor ${message}`, { errors }, { cause });
  }
}
