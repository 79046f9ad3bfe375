/**
 * Which runs events of the past start once more: of each chosen workflow those that its published triggers start today, by the
 * event's type and filter, or by the door that it came through then.
 */
import { passesFilter } from '@sagawright/shared/event';
import { liveEventTriggers, runsOfEvents, seenEvent, shardOf, uuidv7 } from '@sagawright/shared/server';
import type { LiveTrigger, Queryable, ReplayEvent, ReplayJob, StoredStart } from '@sagawright/shared/server';

type Target = Pick<LiveTrigger, 'triggerId' | 'triggerNode' | 'workflowId' | 'versionId'>;

/** Header by which a run knows that its event is replayed. */
const REPLAY_HEADER = 'ce-replayid';

export async function startsAgain(
  sql: Queryable,
  { id, workspaceId, targets }: ReplayJob,
  events: readonly ReplayEvent[],
  shards: number,
): Promise<StoredStart[]> {
  const workflows = targets.map(({ workflowId }) => workflowId);
  const live = (await liveEventTriggers(sql, [workspaceId])).get(workspaceId)?.all() ?? [];
  const matching = [...live].filter(({ workflowId }) => workflows.includes(workflowId));
  const then = await runsOfEvents(
    sql,
    workflows,
    events.map(({ position }) => position),
  );
  return events.flatMap((event) => {
    const chosen = new Map<string, Target>();
    for (const trigger of matching) if (starts(trigger, event)) chosen.set(trigger.triggerId, trigger);
    for (const { position, triggerId, triggerNode, workflowId, liveVersionId } of then) {
      const byType = matching.some((each) => each.triggerId === triggerId);
      if (position !== event.position || liveVersionId === null || byType) continue;
      chosen.set(triggerId, { triggerId, triggerNode, workflowId, versionId: liveVersionId });
    }
    const given = { data: event.data, headers: { ...event.headers, [REPLAY_HEADER]: id } };
    return [...chosen.values()].map(({ triggerId, triggerNode, workflowId, versionId }): StoredStart => {
      const runId = uuidv7();
      const shard = shardOf(runId, shards);
      const { position } = event;
      return {
        runId,
        workspaceId,
        workflowId,
        versionId,
        triggerId,
        triggerNode,
        shard,
        position,
        replayId: id,
        event,
        given,
      };
    });
  });
}

function starts({ settings }: LiveTrigger, event: ReplayEvent): boolean {
  if (settings.kind !== 'trigger.event') return false;
  const { type, filter = null } = settings.event;
  return (type === '*' || type === event.type) && passesFilter(filter, seenEvent(event));
}
