/** Replays as people and programs ask for them; workers bring them forward (workers/src/replay). */
import { MOST_EVENTS_PER_REPLAY } from '@sagawright/shared/contracts';
import type { Replay, ReplayGroup, RouteRequest, replayRoutes } from '@sagawright/shared/contracts';
import { readFilter } from '@sagawright/shared/event';
import {
  appendAudit,
  changeReplay,
  findReplay,
  insertReplay,
  listReplayGroups,
  listReplays,
  uuidv7,
} from '@sagawright/shared/server';
import type { Database, ReplayRow, ReplayTarget } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';
import type { Workflows } from '../workflows/workflows.js';

type Wish = RouteRequest<typeof replayRoutes.startReplay>['body'];

const LIVE_RATE = 50;
const DRY_RATE = 1000;
/** So many live runs per second, at most: they call whom they call. */
const MOST_LIVE_RATE = 1000;
const MOST_GROUPS = 200;

export class Replays {
  constructor(
    private readonly database: Database,
    private readonly workflows: Pick<Workflows, 'definition'>,
  ) {}

  /**
   * @throws Refusal `workflow.not-found`, `workflow.not-published`, `workflow.invalid`, `replay.invalid` (the stretch is empty,
   *   a draft live, a filter that cannot be read), `replay.too-many`
   */
  async start(caller: Caller, wish: Wish): Promise<Replay> {
    const { mode, from, filter, keepsOrder, note, workflows } = wish;
    const now = new Date().toISOString();
    // Nothing may come into the stretch any more.
    const to = wish.to === undefined || Date.parse(wish.to) > Date.parse(now) ? now : wish.to;
    if (Date.parse(from) >= Date.parse(to)) throw invalid('The stretch of time is empty: "from" must lie before "to".');
    if (filter.content !== undefined) {
      const reading = readFilter(filter.content);
      if (!reading.ok)
        throw invalid(`The content filter cannot be read (${reading.problem.where}): ${reading.problem.message}`);
    }
    if (new Set(workflows.map(({ workflowId }) => workflowId)).size < workflows.length) {
      throw invalid('Name each workflow once.');
    }
    const targets: ReplayTarget[] = [];
    for (const { workflowId, version } of workflows) {
      if (mode === 'live' && version === 'draft') {
        throw invalid('A draft is replayed in a dry run only; publish it, and then replay the events to it.');
      }
      const { definition, number } = await this.workflows.definition(caller, workflowId, version);
      targets.push({ workflowId, version, number, ...(mode === 'dry-run' && { definition }) });
    }
    const rate = mode === 'live' ? Math.min(wish.rate ?? LIVE_RATE, MOST_LIVE_RATE) : (wish.rate ?? DRY_RATE);
    const id = uuidv7();
    await this.database.transaction(async (sql) => {
      const { workspaceId } = caller;
      const createdBy = auditActor(caller);
      const total = await insertReplay(sql, {
        id,
        workspaceId,
        mode,
        note,
        from,
        to,
        filter,
        targets,
        rate,
        keepsOrder,
        createdBy,
      });
      if (total > MOST_EVENTS_PER_REPLAY) {
        const detail = `More than ${MOST_EVENTS_PER_REPLAY} events lie in that stretch; replay it in parts, or filter.`;
        throw new Refusal('replay.too-many', detail);
      }
      const details = { mode, from, to, workflows: workflows.map(({ workflowId }) => workflowId), total };
      await appendAudit(sql, workspaceId, {
        actor: createdBy,
        action: 'replay.start',
        subject: `replay:${id}`,
        details,
      });
    });
    return await this.read(caller, id);
  }

  async list(caller: Caller, limit: number): Promise<Replay[]> {
    return (await listReplays(this.database.pool, caller.workspaceId, limit)).map(view);
  }

  /** @throws Refusal `replay.not-found` */
  async get(caller: Caller, id: string): Promise<Replay & { groups: ReplayGroup[] }> {
    const replay = await this.read(caller, id);
    const groups = await listReplayGroups(this.database.pool, id, MOST_GROUPS);
    return {
      ...replay,
      groups: groups.map((group) => ({ ...group, differences: [...group.differences], examples: [...group.examples] })),
    };
  }

  /** @throws Refusal `replay.not-found`, `replay.ended` */
  async change(caller: Caller, id: string, change: 'cancel' | 'pause' | 'resume'): Promise<Replay> {
    await this.database.transaction(async (sql) => {
      const { workspaceId } = caller;
      if (!(await changeReplay(sql, workspaceId, id, change))) {
        const found = await findReplay(sql, workspaceId, id);
        if (found === null) throw notFound();
        throw new Refusal('replay.ended', `The replay is ${found.status}; there is nothing to ${change}.`);
      }
      const audit = { actor: auditActor(caller), action: `replay.${change}`, subject: `replay:${id}`, details: {} };
      await appendAudit(sql, workspaceId, audit);
    });
    return await this.read(caller, id);
  }

  private async read(caller: Caller, id: string): Promise<Replay> {
    const found = await findReplay(this.database.pool, caller.workspaceId, id);
    if (found === null) throw notFound();
    return view(found);
  }
}

function view({ targets, from, to, createdAt, endedAt, filter, ...row }: ReplayRow): Replay {
  return {
    ...row,
    filter: { ...filter, types: filter.types && [...filter.types] },
    from: from.toISOString(),
    to: to.toISOString(),
    workflows: targets.map((target) => ({ ...target })),
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

const invalid = (detail: string) => new Refusal('replay.invalid', detail);
const notFound = () => new Refusal('replay.not-found', 'There is no such replay in this workspace.');
