/**
 * Which version of each event's schema a workflow knows: recorded in its definition when it is published, so that it goes on
 * getting what it knows, whatever version events come in.
 */
import type { SagaDefinition } from '@sagawright/shared/saga';
import { schemaSubjectsOf } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';

/** @throws Refusal `workflow.invalid` when a trigger asks for a version that its type does not have */
export async function withKnownVersions(
  sql: Queryable,
  workspaceId: string,
  definition: SagaDefinition,
): Promise<SagaDefinition> {
  const types = Object.values(definition.triggers).flatMap(({ settings }) =>
    settings.kind === 'trigger.event' && settings.event.type !== '*' ? [settings.event.type] : [],
  );
  if (types.length === 0) return definition;
  const subjects = await schemaSubjectsOf(
    sql,
    [...new Set(types)].map((type) => ({ workspaceId, type })),
  );
  const latest = new Map(subjects.map((subject) => [subject.type, subject.latest]));
  const triggers = Object.entries(definition.triggers).map(([id, trigger]) => {
    const { settings } = trigger;
    if (settings.kind !== 'trigger.event') return [id, trigger] as const;
    const known = latest.get(settings.event.type) ?? 0;
    const asked = settings.event.schemaVersion;
    if (asked !== undefined && asked > known) {
      throw new Refusal(
        'workflow.invalid',
        `Trigger ${trigger.name} asks for version ${asked} of the schema of ${settings.event.type}, ` +
          `${known === 0 ? 'which has no schema' : `whose latest is ${known}`}; publish it first, or ask for none.`,
      );
    }
    const version = asked ?? known;
    if (version === 0) return [id, trigger] as const;
    return [
      id,
      { ...trigger, settings: { ...settings, event: { ...settings.event, schemaVersion: version } } },
    ] as const;
  });
  return { ...definition, triggers: Object.fromEntries(triggers) };
}
