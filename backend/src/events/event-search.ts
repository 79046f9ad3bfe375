/** Stored events as the doors show them: a search, newest first, and one event with what it started. */
import { MOST_RUNS_TOLD } from '@sagawright/shared/contracts';
import type { EventQuery, EventSummary, StoredEvent } from '@sagawright/shared/contracts';
import { findEvent, listEvents } from '@sagawright/shared/server';
import type { EventRow, Queryable, TextFilter } from '@sagawright/shared/server';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';
import { readEventCursor, writeEventCursor } from './event-cursor.js';

export class EventSearch {
  constructor(private readonly sql: Queryable) {}

  /** @throws Refusal `request.invalid` for a cursor of something else */
  async list(caller: Caller, query: EventQuery): Promise<{ items: EventSummary[]; nextCursor: string | null }> {
    const { type, source, subject, id, from, to, where, cursor, limit } = query;
    const filter = {
      type: textFilter(type),
      source: textFilter(source),
      subject: textFilter(subject),
      id: id ?? null,
      from: from ?? null,
      to: to ?? null,
      where: where ?? [],
    };
    const page = { after: readEventCursor(cursor), limit };
    const { rows, next } = await listEvents(this.sql, caller.workspaceId, filter, page);
    return { items: rows.map(summaryOf), nextCursor: next && writeEventCursor(next) };
  }

  /** @throws Refusal `event.not-found` */
  async get(caller: Caller, position: number): Promise<StoredEvent> {
    const row = await findEvent(this.sql, caller.workspaceId, position, MOST_RUNS_TOLD);
    if (row === null) {
      throw new Refusal(
        'event.not-found',
        'There is no event at this position; search for it with GET /api/v1/events.',
      );
    }
    const { data, headers, receipt, contentHash, started } = row;
    return {
      ...summaryOf(row),
      data,
      headers: { ...headers },
      receipt,
      contentHash: contentHash.toString('hex'),
      started: [...started],
    };
  }
}

function textFilter(text: string | undefined): TextFilter | null {
  if (text === undefined) return null;
  return text.endsWith('*') ? { beginsWith: text.slice(0, -1) } : { is: text };
}

function summaryOf(row: EventRow): EventSummary {
  const { position, id, source, type, subject, contentType, bytes, runs } = row;
  const [time, recordedAt] = [row.time.toISOString(), row.recordedAt.toISOString()];
  return { position, id, source, type, subject, time, recordedAt, contentType, bytes, runs };
}
