/**
 * The live event triggers of each workspace, kept in memory as one index, so that the cost of an event does not grow with their
 * number.
 *
 * 1. Each batch of events first reads one value per workspace (`trigger_generation`), which every transaction changes that takes a
 *    trigger on or off the air. Only when it is another are the triggers read again: what was published or taken away before
 *    an event came counts for it, in every process.
 * 2. Then the ids are compared; filters are read for triggers that are new, since what a version says never changes.
 * 3. What is kept is bounded: the workspaces that were used longest ago go first.
 */
import { TriggerIndex } from '../../event/filter/index.js';
import type { SeenEvent } from '../../event/filter/index.js';
import type { Budget } from '../../event/pattern/index.js';
import type { TriggerSettings } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import type { LiveTrigger } from './live-triggers.js';

const MOST_KEPT = 200_000;
const READ_AT_ONCE = 1000;
/** Filters that go into the index before others have their turn in this process. */
const ADD_AT_ONCE = 100;

export class WorkspaceTriggers {
  generation: string | null = null;
  readonly #index = new TriggerIndex<string>();
  readonly #triggers = new Map<string, LiveTrigger>();

  get size(): number {
    return this.#triggers.size;
  }

  /** @returns by trigger id; the order in which triggers match is always the same */
  match(event: SeenEvent, budget?: Budget): LiveTrigger[] {
    return this.#index
      .match(event, budget)
      .sort()
      .flatMap((id) => this.#triggers.get(id) ?? []);
  }

  all(): IterableIterator<LiveTrigger> {
    return this.#triggers.values();
  }

  isKnown({ triggerId, versionId }: Pick<LiveTrigger, 'triggerId' | 'versionId'>): boolean {
    return this.#triggers.get(triggerId)?.versionId === versionId;
  }

  /**
   * Whoever matches meanwhile came before the change or waits for its end.
   *
   * @param stay ids of those that stay as they are; all others go
   */
  async become(generation: string | null, stay: readonly string[], fresh: readonly LiveTrigger[]): Promise<void> {
    const staying = new Set(stay);
    for (const id of [...this.#triggers.keys()]) if (!staying.has(id)) this.#forget(id);
    for (const [index, trigger] of fresh.entries()) {
      if (index > 0 && index % ADD_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      const { settings, triggerId } = trigger;
      if (settings.kind !== 'trigger.event') continue;
      this.#triggers.set(triggerId, trigger);
      this.#index.add(triggerId, { type: settings.event.type, filter: settings.event.filter ?? null });
    }
    this.generation = generation;
  }

  #forget(id: string): void {
    this.#index.remove(id);
    this.#triggers.delete(id);
  }
}

const kept = new Map<string, WorkspaceTriggers>();
const underWay = new Map<string, Promise<void>>();

/** The live event triggers of some workspaces, as they are now; a workspace that has none may be missing. */
export async function liveEventTriggers(
  sql: Queryable,
  workspaceIds: readonly string[],
): Promise<ReadonlyMap<string, WorkspaceTriggers>> {
  if (workspaceIds.length === 0) return new Map();
  const { rows } = await sql.query<{ workspaceId: string; generation: string }>({
    name: 'trigger-generations',
    text: `SELECT workspace_id AS "workspaceId", generation FROM trigger_generation WHERE workspace_id = ANY($1::uuid[])`,
    values: [workspaceIds],
  });
  const found = new Map<string, WorkspaceTriggers>();
  for (const { workspaceId, generation } of rows) {
    const triggers = kept.get(workspaceId) ?? new WorkspaceTriggers();
    // The latest used stands last.
    kept.delete(workspaceId);
    kept.set(workspaceId, triggers);
    if (triggers.generation !== generation) await bringUpToDate(sql, workspaceId, triggers, generation);
    found.set(workspaceId, triggers);
  }
  forgetOldest();
  return found;
}

/** Whoever needs the same at the same time shares one reading, if it began after they looked. */
async function bringUpToDate(
  sql: Queryable,
  workspaceId: string,
  triggers: WorkspaceTriggers,
  wanted: string,
): Promise<void> {
  await underWay.get(workspaceId);
  if (triggers.generation === wanted) return;
  const begunMeanwhile = underWay.get(workspaceId);
  if (begunMeanwhile !== undefined) return await begunMeanwhile;
  const mine = refresh(sql, workspaceId, triggers).finally(() => underWay.delete(workspaceId));
  underWay.set(workspaceId, mine);
  await mine;
}

type Found = Omit<LiveTrigger, 'settings' | 'publishedAt'>;

async function refresh(sql: Queryable, workspaceId: string, triggers: WorkspaceTriggers): Promise<void> {
  const { rows } = await sql.query<{ generation: string; triggerId: string | null } & Partial<Found>>({
    name: 'triggers-of-generation',
    text: `
      SELECT g.generation, t.id AS "triggerId", t.workspace_id AS "workspaceId", t.workflow_id AS "workflowId",
        t.version_id AS "versionId", t.node_id AS "triggerNode"
      FROM trigger_generation g
      LEFT JOIN trigger t ON t.workspace_id = g.workspace_id AND t.kind = 'trigger.event' AND t.version_id IS NOT NULL
      WHERE g.workspace_id = $1`,
    values: [workspaceId],
  });
  const live = rows.filter((row): row is { generation: string } & Found => row.triggerId !== null);
  const known = live.filter((trigger) => triggers.isKnown(trigger));
  const unknown = live.filter((trigger) => !triggers.isKnown(trigger));
  const fresh: LiveTrigger[] = [];
  for (let from = 0; from < unknown.length; from += READ_AT_ONCE) {
    fresh.push(...(await withSettings(sql, unknown.slice(from, from + READ_AT_ONCE))));
  }
  await triggers.become(
    rows[0]?.generation ?? null,
    known.map(({ triggerId }) => triggerId),
    fresh,
  );
}

async function withSettings(sql: Queryable, found: readonly Found[]): Promise<LiveTrigger[]> {
  const { rows } = await sql.query<{ settings: TriggerSettings | null; publishedAt: Date }>({
    name: 'triggers-settings',
    text: `
      SELECT v.definition -> 'triggers' -> i.node -> 'settings' AS settings, v.published_at AS "publishedAt"
      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS i (version, node, ord)
      LEFT JOIN workflow_version v ON v.id = i.version ORDER BY i.ord`,
    values: [found.map(({ versionId }) => versionId), found.map(({ triggerNode }) => triggerNode)],
  });
  return found.flatMap(({ triggerId, workspaceId, workflowId, versionId, triggerNode }, index): LiveTrigger[] => {
    const { settings = null, publishedAt } = rows[index] ?? {};
    if (settings === null || publishedAt === undefined) return [];
    return [{ triggerId, workspaceId, workflowId, versionId, triggerNode, settings, publishedAt }];
  });
}

function forgetOldest(): void {
  let size = [...kept.values()].reduce((sum, each) => sum + each.size, 0);
  for (const [workspaceId, triggers] of kept) {
    if (size <= MOST_KEPT || kept.size <= 1) return;
    size -= triggers.size;
    kept.delete(workspaceId);
  }
}
