/**
 * What this version of the language does not know. While an installation is updated, workers of two versions share its runs:
 * one that meets a word of the later version leaves the run as it is, for the others.
 *
 * So whatever an older worker must not pass over gets a word of its own: an entry type, a step kind, a resolution, a thing
 * to wait for, or the next format of the definition. A new optional field is passed over by older workers.
 */
import { isJsonObject } from '../kernel/index.js';
import type { Json } from '../kernel/index.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { awaitedSchema, entryBodySchema, resolutionSchema } from './journal.js';

const ENTRY_TYPES: ReadonlySet<string> = new Set(entryBodySchema.options.map(({ shape }) => shape.type.value));
const RESOLUTIONS: ReadonlySet<string> = new Set(resolutionSchema.options.map(({ shape }) => shape.kind.value));
const AWAITED: ReadonlySet<string> = new Set(awaitedSchema.options.map(({ shape }) => shape.kind.value));

/** A record, so that no kind can be forgotten. */
const STEP_KINDS: Readonly<Record<StepDefinition['kind'], true>> = {
  action: true,
  transform: true,
  code: true,
  branch: true,
  inclusive: true,
  parallel: true,
  join: true,
  race: true,
  'for-each': true,
  repeat: true,
  scope: true,
  delay: true,
  wait: true,
  task: true,
  call: true,
  respond: true,
  end: true,
  fail: true,
  terminate: true,
};

/** @returns the step kind that this version does not know, in words; null when it knows them all */
export function unknownStep(definition: SagaDefinition): string | null {
  const step = Object.values(definition.steps).find(({ kind }) => !Object.hasOwn(STEP_KINDS, kind));
  return step === undefined ? null : `steps of kind "${step.kind}"`;
}

/** @param entry of a journal, or what asks for one, as stored. @returns the unknown in words, or null */
export function unknownWord(entry: { readonly [field: string]: unknown }): string | null {
  const { type, resolution, awaits } = entry as Readonly<Record<string, Json | undefined>>;
  if (typeof type === 'string' && !ENTRY_TYPES.has(type)) return `entries of type "${type}"`;
  if (type === 'incident.resolved') {
    const kind = kindOf(resolution);
    return kind === null || RESOLUTIONS.has(kind) ? null : `resolutions of kind "${kind}"`;
  }
  const kinds = Array.isArray(awaits) ? awaits.map(kindOf) : [];
  const kind = kinds.find((each) => each !== null && !AWAITED.has(each)) ?? null;
  return kind === null ? null : `waits for things of kind "${kind}"`;
}

function kindOf(value: Json | undefined): string | null {
  return isJsonObject(value) && typeof value['kind'] === 'string' ? value['kind'] : null;
}
