/**
 * Which runs a screened event starts, and what each of them gets: data of the schema version that its trigger was published
 * against. A trigger whose version the event cannot be cast to starts nothing; its dead letter says why.
 *
 * Filters see the data as their trigger knows it. What could not be cast is compared as it came, to know whom it concerns.
 */
import type { Json } from '../../kernel/index.js';
import { uuidv7 } from '../ids.js';
import { metrics } from '../telemetry/index.js';
import type { NewDeadLetter } from './dead-letters.js';
import type { GivenEvent, IngestEvent } from './ingest.js';
import type { LiveTrigger } from './live-triggers.js';
import type { WorkspaceTriggers } from './live-triggers-index.js';
import type { Screening } from './screening.js';

export interface ScreenedStarts {
  readonly starts: readonly { readonly trigger: LiveTrigger; readonly given: GivenEvent | null }[];
  readonly letters: readonly NewDeadLetter[];
}

/** @param match the live triggers that an event matches by type and filter */
export function screenedStarts(
  { event, version, castTo }: Screening,
  live: WorkspaceTriggers,
  match: (event: IngestEvent) => readonly LiveTrigger[],
): ScreenedStarts {
  const starts: { trigger: LiveTrigger; given: GivenEvent | null }[] = [];
  const letters: NewDeadLetter[] = [];
  const others = version === null ? [] : wantedVersions(live, event.type).filter((wanted) => wanted !== version);
  for (const trigger of match(event)) {
    const wanted = wantedBy(trigger);
    if (wanted === null || !others.includes(wanted)) {
      starts.push({ trigger, given: givenAs(event, version, version, event.data) });
    }
  }
  for (const wanted of others) {
    const cast = castTo(wanted);
    const seen = cast.ok ? { ...event, data: cast.data } : event;
    const concerned = match(seen).filter((trigger) => wantedBy(trigger) === wanted);
    for (const trigger of concerned) {
      if (cast.ok) starts.push({ trigger, given: givenAs(event, wanted, version, cast.data) });
      else {
        metrics.deadLetters.inc({ reason: 'upcast' });
        const { code, message, problems } = cast;
        const letter = {
          id: uuidv7(),
          kind: 'upcast' as const,
          triggerId: trigger.triggerId,
          holds: false,
          code,
          message,
        };
        letters.push({ ...letter, problems, details: { version: wanted } });
      }
    }
  }
  return { starts, letters };
}

/**
 * What a run gets in place of the event as it came.
 *
 * @param version that the data is of; null = of none
 * @param from version that it was sent in
 */
export function givenAs(
  { headers }: IngestEvent,
  version: number | null,
  from: number | null,
  data: Json,
): GivenEvent | null {
  if (version === null) return null;
  const marked = { ...headers, 'ce-schemaversion': String(version) };
  return { data, headers: from === null || from === version ? marked : { ...marked, 'ce-schemacast': `from ${from}` } };
}

/** Null = the trigger takes events as they come. */
export function wantedBy({ settings }: LiveTrigger): number | null {
  return settings.kind === 'trigger.event' ? (settings.event.schemaVersion ?? null) : null;
}

interface Wanted {
  readonly generation: WorkspaceTriggers['generation'];
  readonly byType: ReadonlyMap<string, readonly number[]>;
}

const wantedOf = new WeakMap<WorkspaceTriggers, Wanted>();

/** The versions that live triggers of a type were published against; looked up once per change of the triggers. */
function wantedVersions(live: WorkspaceTriggers, type: string): readonly number[] {
  const known = wantedOf.get(live);
  if (known?.generation === live.generation) return known.byType.get(type) ?? [];
  const byType = new Map<string, Set<number>>();
  for (const trigger of live.all()) {
    const version = wantedBy(trigger);
    if (version === null || trigger.settings.kind !== 'trigger.event') continue;
    const versions = byType.get(trigger.settings.event.type) ?? new Set();
    byType.set(trigger.settings.event.type, versions.add(version));
  }
  const wanted = new Map([...byType].map(([each, versions]) => [each, [...versions].sort((a, b) => a - b)] as const));
  wantedOf.set(live, { generation: live.generation, byType: wanted });
  return wanted.get(type) ?? [];
}
