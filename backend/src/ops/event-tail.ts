/**
 * Live tails of the event store.
 *
 * 1. One look a moment for each workspace, however many tails it has; none without tails.
 * 2. Nothing is left out and nothing comes twice: what a transaction stored late is found by looking again at the last
 *    seconds, and is known by its position.
 * 3. A tail that begins at a position reads the store up to now and then goes on live. It begins with what was recorded shortly
 *    before that position, which may have been committed after the reader had passed it: so nothing is missed, and some events
 *    come again, told by their id. One that reads more slowly than events
 *    come is cut off, by their number or by their size, and nothing is kept for it; its reader comes back behind the last event
 *    that it has.
 * 4. Tails of a workspace are bounded. A reader whose session or key ends is cut off within seconds.
 */
import { MOST_TAILS } from '@sagawright/shared/contracts';
import type { TailQuery, TailedEvent } from '@sagawright/shared/contracts';
import { matchesPattern, parsePattern } from '@sagawright/shared/event';
import type { EventPattern } from '@sagawright/shared/event';
import { eventsAt, eventsBehind, metrics, positionsShortlyBefore, positionsSince } from '@sagawright/shared/server';
import type { Logger, Queryable, TailedRow } from '@sagawright/shared/server';
import type { Access } from '../auth/access.js';
import type { Caller } from '../auth/caller.js';
import type { EventStream } from '../door/event-stream.js';
import { Refusal } from '../refusal.js';
import { Bell } from '../runs/bell.js';

const LOOK_MS = 400;
/** A transaction that stores events is over by then: statements are ended after ten seconds. */
const LATE_MS = 15_000;
/** Of more than these in the last seconds, one that was stored late may be left out. */
const MOST_POSITIONS = 50_000;
const PAGE = 200;
const MOST_QUEUED = 2_000;
const MOST_QUEUED_BYTES = 32 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const ACCESS_MS = 2_000;

type Passes = (row: TailedRow) => boolean;

export interface Tail {
  readonly passes: Passes;
  readonly queue: TailedRow[];
  /** Of the events in the queue, as they came. */
  queuedBytes: number;
  readonly bell: Bell;
  /** Its reader has fallen too far behind; nothing is kept for it any more. */
  overrun: boolean;
  /** Lets go of a reader that does not read. */
  cutOff: () => void;
}

/** The tails of a workspace, and what was seen of its last seconds. */
interface Feed {
  readonly tails: Set<Tail>;
  seen: Map<number, number>;
  timer: NodeJS.Timeout | null;
}

export class EventTails {
  private readonly feeds = new Map<string, Feed>();
  private readonly streams = new Set<EventStream>();

  constructor(
    private readonly sql: Queryable,
    private readonly access: Pick<Access, 'stillHolds'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * From now on nothing that passes is missed; `follow` sends it.
   *
   * @throws Refusal `request.invalid` for a pattern that cannot be read, `rate.limited` when there are too many tails
   */
  async begin({ workspaceId }: Caller, query: TailQuery): Promise<Tail> {
    const passes = passesOf(query);
    if ((this.feeds.get(workspaceId)?.tails.size ?? 0) >= MOST_TAILS) {
      throw new Refusal('rate.limited', `A workspace has ${MOST_TAILS} tails at most; close another one.`, {
        retryAfterSeconds: 5,
        context: { limit: 'tails' },
      });
    }
    const tail: Tail = { passes, queue: [], queuedBytes: 0, bell: new Bell(), overrun: false, cutOff: nothing };
    await this.join(workspaceId, tail);
    return tail;
  }

  /** Sends events until the reader is gone. @param after null = from the tail's beginning on */
  async follow(stream: EventStream, caller: Caller, tail: Tail, after: number | null): Promise<void> {
    const { workspaceId } = caller;
    const { passes } = tail;
    this.streams.add(stream);
    tail.cutOff = () => stream.cutOff();
    metrics.liveStreams.set({ stream: 'tail' }, this.streams.size);
    stream.onClose(() => tail.bell.ring());
    const watch = setInterval(() => void this.check(stream, caller), ACCESS_MS).unref();
    try {
      const sent = after === null ? null : await this.catchUp(stream, workspaceId, passes, after);
      while (!stream.closed && !tail.overrun) {
        for (const row of taken(tail)) {
          if (sent?.has(row.position) === true) continue;
          await stream.send({ event: 'event', id: String(row.position), data: told(row) });
        }
        if (tail.queue.length === 0 && !tail.overrun && !(await tail.bell.heard(HEARTBEAT_MS)))
          await stream.comment('still here');
      }
    } finally {
      clearInterval(watch);
      this.leave(workspaceId, tail);
      this.streams.delete(stream);
      metrics.liveStreams.set({ stream: 'tail' }, this.streams.size);
      stream.end();
    }
  }

  close(): void {
    for (const stream of this.streams) stream.end();
  }

  /** @returns positions that the live part may bring again */
  private async catchUp(
    stream: EventStream,
    workspaceId: string,
    passes: Passes,
    after: number,
  ): Promise<ReadonlySet<number>> {
    const sent = new Set<number>();
    const show = async (rows: readonly TailedRow[]): Promise<void> => {
      for (const row of rows) {
        sent.add(row.position);
        if (passes(row)) await stream.send({ event: 'event', id: String(row.position), data: told(row) });
      }
    };
    let late = await positionsShortlyBefore(this.sql, workspaceId, after, LATE_MS, MOST_POSITIONS);
    while (late.length > 0 && !stream.closed) {
      const rows = await eventsAt(this.sql, workspaceId, late.slice(0, PAGE));
      await show(rows);
      const last = rows.at(-1)?.position ?? late[Math.min(late.length, PAGE) - 1] ?? after;
      late = late.filter((position) => position > last);
    }
    for (let position = after; !stream.closed;) {
      const rows = await eventsBehind(this.sql, workspaceId, position, PAGE);
      await show(rows);
      const last = rows.at(-1);
      if (last === undefined) break;
      position = last.position;
      forgetOlder(sent, MOST_POSITIONS);
    }
    return sent;
  }

  private async join(workspaceId: string, tail: Tail): Promise<void> {
    const known = this.feeds.get(workspaceId);
    if (known !== undefined) {
      known.tails.add(tail);
      return;
    }
    const feed: Feed = { tails: new Set([tail]), seen: new Map(), timer: null };
    this.feeds.set(workspaceId, feed);
    try {
      // What is there already is not news.
      await this.look(workspaceId, feed, true);
    } catch (error) {
      this.feeds.delete(workspaceId);
      throw error;
    }
    this.lookSoon(workspaceId, feed);
  }

  private leave(workspaceId: string, tail: Tail): void {
    const feed = this.feeds.get(workspaceId);
    feed?.tails.delete(tail);
    if (feed === undefined || feed.tails.size > 0) return;
    if (feed.timer !== null) clearTimeout(feed.timer);
    this.feeds.delete(workspaceId);
  }

  private lookSoon(workspaceId: string, feed: Feed): void {
    if (feed.tails.size === 0) return;
    feed.timer = setTimeout(() => {
      this.look(workspaceId, feed, false)
        .catch((error: unknown) =>
          this.logger.warn({ error: error instanceof Error ? error.message : '' }, 'a tail could not look'),
        )
        .finally(() => this.lookSoon(workspaceId, feed));
    }, LOOK_MS).unref();
  }

  private async look(workspaceId: string, feed: Feed, first: boolean): Promise<void> {
    const newest = Math.max(0, ...feed.seen.values());
    const since = newest === 0 ? null : new Date(newest - LATE_MS);
    const rows = await positionsSince(this.sql, workspaceId, since, LATE_MS, MOST_POSITIONS);
    const news = rows.filter(({ position }) => !feed.seen.has(position)).map(({ position }) => position);
    feed.seen = new Map(rows.map(({ position, recordedAt }) => [position, recordedAt.getTime()]));
    if (first) return;
    let open = news.sort((a, b) => a - b);
    while (open.length > 0) {
      const events = await eventsAt(this.sql, workspaceId, open.slice(0, PAGE));
      for (const tail of feed.tails) hand(tail, events);
      const last = events.at(-1)?.position ?? open[Math.min(open.length, PAGE) - 1] ?? 0;
      open = open.filter((position) => position > last);
    }
  }

  private async check(stream: EventStream, caller: Caller): Promise<void> {
    // While the database is away nothing can be read either, so nothing is shown.
    const holds = await this.access.stillHolds(caller).catch(() => true);
    if (!holds) stream.end();
  }
}

const nothing = (): void => undefined;

function hand(tail: Tail, events: readonly TailedRow[]): void {
  if (tail.overrun) return;
  const wanted = events.filter(tail.passes);
  tail.queue.push(...wanted);
  tail.queuedBytes += wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  if (tail.queue.length > MOST_QUEUED || tail.queuedBytes > MOST_QUEUED_BYTES) {
    tail.overrun = true;
    taken(tail);
    tail.cutOff();
  }
  tail.bell.ring();
}

function taken(tail: Tail): TailedRow[] {
  tail.queuedBytes = 0;
  return tail.queue.splice(0);
}

function passesOf({ type, source, subject, pattern }: TailQuery): Passes {
  const compiled = pattern === undefined ? null : readPattern(pattern);
  return (row) => {
    if (!fits(type, row.type) || !fits(source, row.source) || !fits(subject, row.subject ?? '')) return false;
    if (compiled === null) return true;
    const { id, time, data, headers } = row;
    const event = { id, source: row.source, type: row.type, subject: row.subject, time: time.toISOString() };
    return matchesPattern(compiled, { ...event, data, headers: { ...headers } });
  };
}

function readPattern(text: string): EventPattern {
  let message = 'is not JSON';
  try {
    const parsed = parsePattern(JSON.parse(text));
    if (parsed.ok) return parsed.pattern;
    message = 'is no content pattern';
  } catch {
    // Said below.
  }
  throw new Refusal('request.invalid', `query.pattern ${message}; write it like {"data":{"status":["paid"]}}.`, {
    errors: [{ path: 'query.pattern', message }],
  });
}

function fits(wanted: string | undefined, text: string): boolean {
  if (wanted === undefined) return true;
  return wanted.endsWith('*') ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
}

function told({ time, recordedAt, ...row }: TailedRow): TailedEvent {
  return { ...row, headers: { ...row.headers }, time: time.toISOString(), recordedAt: recordedAt.toISOString() };
}

function forgetOlder(positions: Set<number>, most: number): void {
  for (const position of positions) {
    if (positions.size <= most) return;
    positions.delete(position);
  }
}
