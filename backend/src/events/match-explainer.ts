/** Why a stored event was meant by a trigger, or was not. */
import type { MatchExplanation, matchingRoutes, RouteRequest } from '@sagawright/shared/contracts';
import { explainFilter } from '@sagawright/shared/event';
import type { EventFilter } from '@sagawright/shared/event';
import { findEvent, findLiveTrigger, runOfTrigger } from '@sagawright/shared/server';
import type { LiveTrigger, Queryable } from '@sagawright/shared/server';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';

type Asked = RouteRequest<(typeof matchingRoutes)['explainMatch']>['body'];

export class MatchExplainer {
  constructor(private readonly sql: Queryable) {}

  /** @throws Refusal `event.not-found`, `trigger.not-found` */
  async explain(caller: Caller, position: number, asked: Asked): Promise<MatchExplanation> {
    const { workspaceId } = caller;
    const row = await findEvent(this.sql, workspaceId, position, 0);
    if (row === null) {
      const message = 'There is no event at this position; search for it with GET /api/v1/events.';
      throw new Refusal('event.not-found', message);
    }
    const { id, source, type, subject, data, headers } = row;
    const event = { id, source, type, subject, time: row.time.toISOString(), data, headers };
    const trigger = 'nodeId' in asked ? await this.liveTrigger(workspaceId, asked.workflowId, asked.nodeId) : null;
    const wanted = trigger === null ? wantedBy(asked) : wantedOf(trigger);
    const runId = trigger === null ? null : await runOfTrigger(this.sql, trigger.triggerId, position);
    const isOfType = wanted.type === '*' || wanted.type === type;
    const explained = explainFilter(wanted.filter, event);
    const ofType = {
      depth: 0,
      what: 'type',
      matches: isOfType,
      found: type,
      reason: isOfType ? `"${type}" is the type that is meant.` : `"${type}" is not "${wanted.type}".`,
    };
    const matches = isOfType && explained.matches;
    const late = matches && trigger !== null && runId === null;
    const reason = !isOfType ? `The event is of another type: ${ofType.reason}` : explained.reason;
    return {
      matches,
      language: explained.language,
      reason: late
        ? `${reason} It started no run, since the trigger was not live, or meant other events, when the event came first.`
        : reason,
      parts: [ofType, ...explained.parts],
      runId,
    };
  }

  private async liveTrigger(workspaceId: string, workflowId: string, nodeId: string): Promise<LiveTrigger> {
    const trigger = await findLiveTrigger(this.sql, workspaceId, workflowId, nodeId);
    if (trigger?.settings.kind === 'trigger.event') return trigger;
    const message = 'There is no such event trigger in the published version; publish the workflow that has it.';
    throw new Refusal('trigger.not-found', message);
  }
}

interface Wanted {
  readonly type: string;
  readonly filter: EventFilter | null;
}

function wantedOf({ settings }: LiveTrigger): Wanted {
  return settings.kind === 'trigger.event'
    ? { type: settings.event.type, filter: settings.event.filter ?? null }
    : { type: '*', filter: null };
}

function wantedBy(asked: Asked): Wanted {
  return 'nodeId' in asked ? { type: '*', filter: null } : { type: asked.type, filter: asked.filter };
}
