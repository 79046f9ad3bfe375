/**
 * Which runs events of the past start once more: of each chosen workflow those that its published triggers start today, by the
 * event's type and filter, or by the door that it came through then.
 *
 * Each gets the event in the version of its schema that it knows. Runs of an ordered trigger go one after another per key, in lanes
 * of the replay's own.
 */
import {
  castablesOf,
  givenAs,
  laneOf,
  laneOfReplay,
  latestAt,
  liveEventTriggers,
  runsOfEvents,
  screenedStarts,
  seenEvent,
  shardOf,
  uuidv7,
} from '@sagawright/shared/server';
import type {
  Castable,
  GivenEvent,
  LiveTrigger,
  Queryable,
  ReplayEvent,
  ReplayJob,
  RunOfEvent,
  StoredStart,
} from '@sagawright/shared/server';

interface Target {
  readonly triggerId: string;
  readonly triggerNode: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly order: Parameters<typeof laneOf>[0];
  /** Null = the event as it is stored. */
  readonly given: GivenEvent | null;
}

/** Header by which a run knows that its event is replayed. */
const REPLAY_HEADER = 'ce-replayid';

export interface StartsAgain {
  readonly starts: readonly StoredStart[];
  /** Runs that are not started, because the event cannot be cast to what their trigger knows. */
  readonly uncast: number;
}

export async function startsAgain(
  sql: Queryable,
  { id, workspaceId, targets, keepsOrder }: ReplayJob,
  events: readonly ReplayEvent[],
  shards: number,
): Promise<StartsAgain> {
  const workflows = targets.map(({ workflowId }) => workflowId);
  const live = (await liveEventTriggers(sql, [workspaceId])).get(workspaceId);
  const castables = await castablesOf(sql, workspaceId, events);
  const then = await runsOfEvents(
    sql,
    workflows,
    events.map(({ position }) => position),
  );
  const byType = new Set([...(live?.all() ?? [])].map(({ triggerId }) => triggerId));
  let uncast = 0;
  const starts = events.flatMap((event, index) => {
    const castable = castables[index] ?? null;
    const match = (seen: ReplayEvent): LiveTrigger[] =>
      (live?.match(seenEvent(seen)) ?? []).filter(({ workflowId }) => workflows.includes(workflowId));
    const found =
      castable === null || live === undefined
        ? { starts: match(event).map((trigger) => ({ trigger, given: null })), letters: [] }
        : screenedStarts(castable, live, match);
    uncast += found.letters.length;
    const chosen = found.starts.map(({ trigger, given }): Target => ({ ...trigger, order: orderOf(trigger), given }));
    const addressed = new Map(
      then
        .filter(({ position, triggerId }) => position === event.position && !byType.has(triggerId))
        .map((run) => [run.triggerId, run] as const),
    );
    for (const run of addressed.values()) {
      if (run.live === null) continue;
      const given = givenTo(run.live, castable);
      if (given === 'uncast') uncast += 1;
      else chosen.push({ ...run, ...run.live, given });
    }
    return chosen.map(({ triggerId, triggerNode, workflowId, versionId, order, given }): StoredStart => {
      const runId = uuidv7();
      const { data, headers } = given ?? event;
      const { lane } = keepsOrder ? laneOf(order, { ...event, data }) : {};
      return {
        runId,
        workspaceId,
        workflowId,
        versionId,
        triggerId,
        triggerNode,
        shard: shardOf(runId, shards),
        position: event.position,
        replayId: id,
        event,
        given: { data, headers: { ...headers, [REPLAY_HEADER]: id } },
        ...(lane === undefined ? {} : { lane: laneOfReplay(lane, id) }),
      };
    });
  });
  return { starts, uncast };
}

const orderOf = ({ settings }: LiveTrigger): Target['order'] =>
  settings.kind === 'trigger.event' ? settings.order : null;

/** The event as a webhook trigger knows it, by the schemas of the day on which it was published. */
function givenTo(
  { publishedAt }: NonNullable<RunOfEvent['live']>,
  castable: Castable<ReplayEvent> | null,
): GivenEvent | null | 'uncast' {
  if (castable === null) return null;
  const { event, version, versions } = castable;
  const wanted = (version === null ? null : latestAt(versions, publishedAt)) ?? version;
  const cast = wanted === null ? null : castable.castTo(wanted);
  if (cast === null) return null;
  return cast.ok ? givenAs(event, wanted, version, cast.data) : 'uncast';
}
