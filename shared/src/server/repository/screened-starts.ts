/**
 * Which runs a screened event starts, and what each of them gets: data of the schema version that its trigger was published
 * against. A trigger whose version the event cannot be cast to starts nothing; its dead letter says why.
 *
 * A trigger for one type has its version written down. One that takes many types (`*`, and webhooks) knows of each type the version
 * that was the latest when it was published; a type that had no schema then comes to it as it is.
 *
 * Filters see the data as their trigger knows it. What could not be cast is compared as it came, to know whom it concerns.
 */
import type { Json } from '../../kernel/index.js';
import { uuidv7 } from '../ids.js';
import type { NewDeadLetter } from './dead-letters.js';
import type { GivenEvent, IngestEvent } from './ingest.js';
import type { LiveTrigger } from './live-triggers.js';
import type { WorkspaceTriggers } from './live-triggers-index.js';
import type { Castable, CastParts, ReadyVersion } from './screening.js';

export interface ScreenedStarts {
  readonly starts: readonly { readonly trigger: LiveTrigger; readonly given: GivenEvent | null }[];
  readonly letters: readonly NewDeadLetter[];
}

/** @param match the live triggers that an event matches by type and filter */
export function screenedStarts<E extends CastParts>(
  { event, version, versions, castTo }: Castable<E>,
  live: WorkspaceTriggers,
  match: (event: E) => readonly LiveTrigger[],
): ScreenedStarts {
  const starts: { trigger: LiveTrigger; given: GivenEvent | null }[] = [];
  const letters: NewDeadLetter[] = [];
  const others =
    version === null ? [] : wantedVersions(live, event.type, versions).filter((wanted) => wanted !== version);
  for (const trigger of match(event)) {
    const wanted = wantedBy(trigger, versions);
    if (wanted === null || !others.includes(wanted)) {
      starts.push({ trigger, given: givenAs(event, version, version, event.data) });
    }
  }
  for (const wanted of others) {
    const cast = castTo(wanted);
    const seen = cast.ok ? { ...event, data: cast.data } : event;
    const concerned = match(seen).filter((trigger) => wantedBy(trigger, versions) === wanted);
    for (const trigger of concerned) {
      if (cast.ok) starts.push({ trigger, given: givenAs(event, wanted, version, cast.data) });
      else letters.push(castLetter(trigger.triggerId, wanted, cast));
    }
  }
  return { starts, letters };
}

/** That an event could not be cast for a trigger. */
export function castLetter(
  triggerId: string,
  wanted: number,
  { code, message, problems }: Pick<NewDeadLetter, 'code' | 'message' | 'problems'>,
): NewDeadLetter {
  const letter = { id: uuidv7(), kind: 'upcast', triggerId, holds: false, code, message, problems } as const;
  return { ...letter, details: { version: wanted } };
}

/**
 * What a run gets in place of the event as it came.
 *
 * @param version that the data is of; null = of none
 * @param from version that it was sent in
 */
export function givenAs(
  { headers }: Pick<IngestEvent, 'headers'>,
  version: number | null,
  from: number | null,
  data: Json,
): GivenEvent | null {
  if (version === null) return null;
  const marked = { ...headers, 'ce-schemaversion': String(version) };
  return { data, headers: from === null || from === version ? marked : { ...marked, 'ce-schemacast': `from ${from}` } };
}

/** Null = the trigger takes events of the type as they come. */
export function wantedBy({ settings, publishedAt }: LiveTrigger, versions: readonly ReadyVersion[]): number | null {
  if (settings.kind !== 'trigger.event') return null;
  const { type, schemaVersion = null } = settings.event;
  return type === '*' ? latestAt(versions, publishedAt) : schemaVersion;
}

/** The version that was the latest at an instant; null = there was none. */
export function latestAt(versions: readonly ReadyVersion[], at: Date): number | null {
  const known = versions.filter(({ publishedAt }) => publishedAt <= at).map(({ version }) => version);
  return known.length === 0 ? null : Math.max(...known);
}

/** The versions that live triggers know of a type; looked up once per change of the triggers or of the versions. */
interface Wanted {
  readonly generation: WorkspaceTriggers['generation'];
  readonly byType: Map<string, { readonly of: number; readonly versions: readonly number[] }>;
}

const wantedOf = new WeakMap<WorkspaceTriggers, Wanted>();

function wantedVersions(live: WorkspaceTriggers, type: string, versions: readonly ReadyVersion[]): readonly number[] {
  let known = wantedOf.get(live);
  if (known?.generation !== live.generation) {
    known = { generation: live.generation, byType: new Map() };
    wantedOf.set(live, known);
  }
  const before = known.byType.get(type);
  if (before?.of === versions.length) return before.versions;
  const wanted = new Set<number>();
  for (const trigger of live.all()) {
    if (trigger.settings.kind !== 'trigger.event') continue;
    const takes = trigger.settings.event.type;
    const version = takes === type || takes === '*' ? wantedBy(trigger, versions) : null;
    if (version !== null) wanted.add(version);
  }
  const sorted = [...wanted].sort((a, b) => a - b);
  known.byType.set(type, { of: versions.length, versions: sorted });
  return sorted;
}
