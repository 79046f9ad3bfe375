// Which triggers an event matches: one index of patterns for each type, and one for the triggers of every type.
//
// 1. A content pattern is answered by its index alone. A CESQL expression is found by what it certainly needs and then asked.
// 2. A filter that cannot be read lets nothing pass. One with too many alternatives for the index is asked one by one.
// 3. All that is spent on one event comes out of one budget.
import type { EventPattern } from '../pattern/index.js';
import { Budget, eventFields, matchesFields, PatternIndex } from '../pattern/index.js';
import { passesReadFilter, rememberedFilter } from './filter.js';
import type { EventFilter, ReadFilter } from './filter.js';
import { neededConditions } from './needed-pattern.js';
import type { SeenEvent } from './seen-event.js';

export interface IndexedTrigger {
  /** Type of events, or `*`. */
  readonly type: string;
  readonly filter: EventFilter | null;
}

interface Kept {
  readonly type: string;
  readonly filter: ReadFilter | null;
}

interface OfType<Id> {
  readonly patterns: PatternIndex<Id>;
  /** Those that are asked one by one. */
  readonly others: Set<Id>;
}

const EVERYTHING: EventPattern = { source: {}, condition: { kind: 'all', conditions: [] } };

export class TriggerIndex<Id> {
  readonly #triggers = new Map<Id, Kept>();
  readonly #types = new Map<string, OfType<Id>>();

  get size(): number {
    return this.#triggers.size;
  }

  ids(): IterableIterator<Id> {
    return this.#triggers.keys();
  }

  has(id: Id): boolean {
    return this.#triggers.has(id);
  }

  /** Adds a trigger, or replaces the one of the same id. */
  add(id: Id, { type, filter }: IndexedTrigger): void {
    this.remove(id);
    const read = filter === null ? null : rememberedFilter(filter);
    if (filter !== null && read === null) {
      this.#triggers.set(id, { type, filter: null });
      return;
    }
    const ofType = this.#types.get(type) ?? { patterns: new PatternIndex<Id>(), others: new Set<Id>() };
    this.#types.set(type, ofType);
    try {
      ofType.patterns.add(id, patternOf(read));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      ofType.others.add(id);
    }
    this.#triggers.set(id, { type, filter: read });
  }

  remove(id: Id): void {
    const kept = this.#triggers.get(id);
    if (kept === undefined) return;
    this.#triggers.delete(id);
    const ofType = this.#types.get(kept.type);
    if (ofType === undefined) return;
    ofType.patterns.remove(id);
    ofType.others.delete(id);
    if (ofType.patterns.size + ofType.others.size === 0) this.#types.delete(kept.type);
  }

  /**
   * The ids of all triggers that an event matches.
   *
   * @param budget tells afterwards whether it was enough
   */
  match(event: SeenEvent, budget = new Budget()): Id[] {
    const fields = eventFields({ ...event });
    const found: Id[] = [];
    for (const type of event.type === '*' ? ['*'] : [event.type, '*']) {
      const ofType = this.#types.get(type);
      if (ofType === undefined) continue;
      for (const id of ofType.patterns.matchFields(fields, budget)) {
        const filter = this.#triggers.get(id)?.filter ?? null;
        if (filter?.language !== 'cesql' || passesReadFilter(filter, event)) found.push(id);
      }
      for (const id of ofType.others) {
        const filter = this.#triggers.get(id)?.filter ?? null;
        if (filter?.language === 'pattern' && matchesFields(filter.pattern, fields)) found.push(id);
      }
    }
    return found;
  }
}

function patternOf(filter: ReadFilter | null): EventPattern {
  if (filter === null) return EVERYTHING;
  if (filter.language === 'pattern') return filter.pattern;
  return { source: {}, condition: { kind: 'all', conditions: neededConditions(filter.expression) } };
}
