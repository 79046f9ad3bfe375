/**
 * Which version of each event's schema a workflow knows: recorded in its definition when it is published, so that it goes on
 * getting what it knows, whatever version events come in. Triggers, waits and the arms of races each know theirs.
 *
 * What takes events of every type has no type to know a version of; see event-triggers.ts for what such triggers get.
 */
import type { EventMatch } from '@sagawright/shared/graph';
import type { SagaDefinition, StepDefinition, TriggerDefinition } from '@sagawright/shared/saga';
import { schemaSubjectsOf } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';

/** @throws Refusal `workflow.invalid` when a reader asks for a version that its type does not have */
export async function withKnownVersions(
  sql: Queryable,
  workspaceId: string,
  definition: SagaDefinition,
): Promise<SagaDefinition> {
  const types = new Set<string>();
  withEvents(definition, (_name, event) => {
    if (event.type !== '*') types.add(event.type);
    return event;
  });
  if (types.size === 0) return definition;
  const subjects = await schemaSubjectsOf(
    sql,
    [...types].map((type) => ({ workspaceId, type })),
  );
  const latest = new Map(subjects.map((subject) => [subject.type, subject.latest]));
  return withEvents(definition, (name, event) => knowing(name, event, latest.get(event.type) ?? 0));
}

function knowing<E extends EventMatch>(name: string, event: E, latest: number): E {
  const asked = event.schemaVersion;
  if (asked !== undefined && asked > latest) {
    const whose = latest === 0 ? 'which has no schema' : `whose latest is ${latest}`;
    throw new Refusal(
      'workflow.invalid',
      `${name} asks for version ${asked} of the schema of ${event.type}, ${whose}; publish it first, or ask for none.`,
    );
  }
  const version = asked ?? latest;
  return version === 0 ? event : { ...event, schemaVersion: version };
}

type Change = <E extends EventMatch>(name: string, event: E) => E;

/** The definition with each event that somebody listens to replaced. */
function withEvents(definition: SagaDefinition, change: Change): SagaDefinition {
  const triggers = Object.entries(definition.triggers).map(
    ([id, trigger]) => [id, ofTrigger(trigger, change)] as const,
  );
  const steps = Object.entries(definition.steps).map(([id, step]) => [id, ofStep(step, change)] as const);
  return { ...definition, triggers: Object.fromEntries(triggers), steps: Object.fromEntries(steps) };
}

function ofTrigger(trigger: TriggerDefinition, change: Change): TriggerDefinition {
  const { settings } = trigger;
  if (settings.kind !== 'trigger.event') return trigger;
  return { ...trigger, settings: { ...settings, event: change(`Trigger ${trigger.name}`, settings.event) } };
}

function ofStep(step: StepDefinition, change: Change): StepDefinition {
  const name = `Step ${step.name}`;
  if (step.kind === 'wait') return { ...step, event: change(name, step.event) };
  if (step.kind !== 'race') return step;
  const arms = step.arms.map((arm) => (arm.kind === 'event' ? { ...arm, event: change(name, arm.event) } : arm));
  return { ...step, arms };
}
