/**
 * What has to be called by a name of its own, over the whole journal of a run: instances, requests to participants, incidents
 * (S4, I5, S20). Who somebody is, is taken from what the entries say, not from the ids that are checked.
 */
import type { SagaDefinition } from '../definition.js';
import { instanceId } from '../instance.js';
import type { InstanceRef } from '../instance.js';
import type { Entry, EntryOf } from '../journal.js';
import type { RunState } from '../state.js';

export class Names {
  private readonly instances = new Map<string, string>();
  private readonly requests = new Map<string, string>();

  /** @param state as it was before the entry */
  check(definition: SagaDefinition, state: RunState, entry: Entry): string[] {
    const found: string[] = [];
    if ('step' in entry && isOther(this.instances, instanceId(entry), placeOf(entry)))
      found.push(`S4: ${instanceId(entry)} is the id of two instances`);
    if (entry.type === 'step.started') found.push(...this.request(definition, state, entry));
    if (entry.type === 'incident.opened') {
      if (state.incidents[entry.incident]?.resolved === false)
        found.push(`S20: incident ${entry.incident} was opened twice`);
    }
    return found;
  }

  /** One key per instance, direction and round. */
  private request(definition: SagaDefinition, state: RunState, entry: EntryOf<'step.started'>): string[] {
    if (isSharedByItems(definition, entry)) return [];
    const instance = state.instances[instanceId(entry)];
    const round = entry.direction === 'forward' ? instance?.round : instance?.undo.round;
    const who = `${placeOf(entry)} ${entry.direction} ${round ?? 1}`;
    return isOther(this.requests, entry.key, who)
      ? [`I5: key ${entry.key} is of two requests that are not the same`]
      : [];
  }
}

/** An author's own key may be the same for all items of a loop. */
export function isSharedByItems({ steps }: SagaDefinition, entry: EntryOf<'step.started'>): boolean {
  const step = steps[entry.step];
  if (!step || !('idempotencyKey' in step) || entry.direction === 'undo') return false;
  return step.idempotencyKey !== null && entry.path.includes('[');
}

const placeOf = ({ step, path, generation }: InstanceRef) => JSON.stringify([step, path, generation]);

function isOther(known: Map<string, string>, name: string, owner: string): boolean {
  const before = known.get(name) ?? owner;
  known.set(name, before);
  return before !== owner;
}
