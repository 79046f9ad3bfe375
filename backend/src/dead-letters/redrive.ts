/**
 * Sending dead letters again.
 *
 * 1. A letter is sent under its lock and closed in the same commit: of two at the same time the second finds it closed and is
 *    answered as the first, and an event starts each trigger once however often it is sent.
 * 2. It is judged anew, by the schemas and triggers of now. What still does not go on stays open, with one attempt more and the
 *    new reason.
 * 3. Runs that it starts carry the letter's id in the event's header `ce-redriveid`.
 * 4. An edited event is an event of its own, linked both ways; the one that came stays as it is, and stays held.
 */
import { randomUUID } from 'node:crypto';
import type { Json } from '@sagawright/shared/kernel';
import {
  appendAudit,
  closeDeadLetter,
  failDeadLetter,
  findDeadLetter,
  findEventOfLetter,
  findLiveTriggerById,
  insertDeadLetters,
  insertEventsAndRuns,
  listDeadLetters,
  metrics,
  resendDelivery,
  sha256,
  shardOf,
  startRunsOfStoredEvents,
  uuidv7,
  wakeWaits,
  withEventTriggers,
} from '@sagawright/shared/server';
import type {
  Database,
  DeadLetterRow,
  Doorbell,
  EventRequest,
  EventStart,
  IngestEvent,
  LiveBus,
  LiveTarget,
  PlainRequest,
  Queryable,
} from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';
import { closed, filterOf, notFound } from './dead-letters.js';
import type { LetterWish } from './dead-letters.js';

interface Run {
  readonly runId: string;
  readonly shard: number;
}

interface Reached {
  readonly begun: readonly Run[];
  readonly woken: readonly Run[];
}

const NOBODY: Reached = { begun: [], woken: [] };

/** What an event starts for a letter: that trigger only, or all if the event as a whole was held. */
interface Targets {
  readonly starts: readonly Omit<EventStart, 'onlyIfNew'>[];
  readonly letters: readonly PlainRequest[];
  /** What waits that know another version of its schema compare; null = the letter is not about waits. */
  readonly casts: NonNullable<PlainRequest['casts']> | null;
  /** Why the letter's own trigger, or the event as a whole, still does not go on. */
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly problems: DeadLetterRow['problems'];
  } | null;
}

const NO_TARGETS: Targets = { starts: [], letters: [], casts: null, failure: null };

export class Redrive {
  /** Workspaces that send many again at the moment. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly live: Pick<LiveBus, 'publish'>,
    private readonly shards: number,
  ) {}

  /** @throws Refusal `dead-letter.not-found`, `dead-letter.closed`, `dead-letter.not-sendable` */
  async one(caller: Caller, id: string, note: string): Promise<void> {
    const letter = await this.findOpen(caller, id);
    if (letter === null) return;
    const failure =
      letter.kind === 'delivery' ? await this.delivery(caller, letter, note) : await this.event(caller, letter, note);
    metrics.deadLetterRedrives.inc({ result: failure === null ? 'done' : 'failed' });
    if (failure !== null)
      throw new Refusal('dead-letter.not-sendable', failure.message, { context: { code: failure.code } });
  }

  /**
   * Sends an event with other data in place of the letter's.
   *
   * @throws Refusal `dead-letter.not-found`, `dead-letter.closed`, `dead-letter.not-sendable`, `event.schema-violated`
   */
  async edited(
    caller: Caller,
    id: string,
    { data, note }: { readonly data: Json; readonly note: string },
  ): Promise<void> {
    const letter = await this.findOpen(caller, id);
    if (letter === null) return;
    const event = editedEvent(letter, await this.eventOf(caller, letter), data, caller);
    const { starts, letters, casts, failure } = await this.targets(caller, letter, event);
    if (failure !== null) {
      const code = failure.code.startsWith('schema.') ? 'event.schema-violated' : 'dead-letter.not-sendable';
      const errors = failure.problems.map(({ path, message }) => ({ path: `body.data${path}`, message }));
      throw new Refusal(code, failure.message, { errors });
    }
    const [first] = [...starts, ...letters];
    const stored = first?.event ?? event;
    const reached = await this.database.transaction(async (sql): Promise<Reached> => {
      if ((await this.lockOpen(sql, caller, id)) === null) return NOBODY;
      const plain = { workspaceId: caller.workspaceId, event: stored, casts: casts ?? [] };
      const answers = await insertEventsAndRuns(sql, [plain, ...starts.map(again), ...letters]);
      const begun = starts.map(({ runId, shard = 0 }) => ({ runId, shard }));
      await closeDeadLetter(sql, caller.workspaceId, id, {
        status: 'redriven',
        by: caller.actor,
        note,
        replacedBy: answers[0]?.position ?? 0,
        runs: begun.map(({ runId }) => runId),
      });
      await this.audit(sql, caller, letter, 'dead-letter.edit-and-redrive', note, begun);
      return { begun, woken: answers.flatMap(({ woken }) => woken) };
    });
    metrics.deadLetterRedrives.inc({ result: 'done' });
    this.tell(caller, reached);
  }

  /**
   * One after another, so that what they start comes at a pace; one request of a workspace at a time.
   *
   * @throws Refusal `dead-letter.busy`
   */
  async many(
    caller: Caller,
    wish: {
      readonly ids?: readonly string[] | undefined;
      readonly filter?: LetterWish | undefined;
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly note: string;
    },
  ): Promise<{ redriven: number; failed: { id: string; code: string; message: string }[]; nextCursor: string | null }> {
    const { workspaceId } = caller;
    if (this.underWay.has(workspaceId)) {
      throw new Refusal(
        'dead-letter.busy',
        'Dead letters of this workspace are being sent again; wait for that to end.',
        {
          retryAfterSeconds: 2,
        },
      );
    }
    this.underWay.add(workspaceId);
    try {
      const { ids, nextCursor } =
        wish.ids === undefined ? await this.pageOf(caller, wish) : { ids: wish.ids, nextCursor: null };
      const failed: { id: string; code: string; message: string }[] = [];
      for (const id of ids) {
        try {
          await this.one(caller, id, wish.note);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          failed.push({ id, code: error.code, message: error.message });
        }
      }
      return { redriven: ids.length - failed.length, failed, nextCursor };
    } finally {
      this.underWay.delete(workspaceId);
    }
  }

  private async pageOf(
    caller: Caller,
    wish: { readonly filter?: LetterWish | undefined; readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ ids: string[]; nextCursor: string | null }> {
    const page = { after: readCursor(wish.cursor), limit: wish.limit + 1 };
    const rows = await listDeadLetters(
      this.database.pool,
      caller.workspaceId,
      filterOf(wish.filter ?? {}, 'open'),
      page,
    );
    const chosen = rows.slice(0, wish.limit);
    const last = rows.length > wish.limit ? chosen.at(-1) : undefined;
    return {
      ids: chosen.map(({ id }) => id),
      nextCursor: last === undefined ? null : writeCursor(last.firstAtMicros, last.id),
    };
  }

  private async event(caller: Caller, letter: DeadLetterRow, note: string): Promise<Targets['failure']> {
    const { workspaceId } = caller;
    const event = await this.eventOf(caller, letter);
    const { starts, letters, casts, failure } = await this.targets(caller, letter, marked(event, letter));
    const { position, id } = letter;
    const reached = await this.database.transaction(async (sql): Promise<Reached> => {
      if (position === null || (await this.lockOpen(sql, caller, id)) === null) return NOBODY;
      if (failure !== null) {
        await failDeadLetter(sql, workspaceId, id, failure);
        return NOBODY;
      }
      // It stands in no lane: its turn is over.
      const wanted = starts.map(({ lane: _, ...start }) => ({
        ...start,
        shard: start.shard ?? 0,
        position,
        replayId: null,
      }));
      const started = await startRunsOfStoredEvents(sql, wanted);
      const begun = wanted.filter(({ runId }) => started.has(runId));
      await insertDeadLetters(
        sql,
        letters.flatMap((each) =>
          each.letter === undefined
            ? []
            : [
                {
                  ...each.letter,
                  workspaceId,
                  event: { position, type: event.type, source: event.source, id: event.eventId },
                },
              ],
        ),
      );
      const woken = casts === null ? [] : await wakeWaits(sql, position, casts);
      const runs = begun.map(({ runId }) => runId);
      await closeDeadLetter(sql, workspaceId, id, { status: 'redriven', by: caller.actor, note, runs });
      await this.audit(sql, caller, letter, 'dead-letter.redrive', note, begun);
      return { begun, woken };
    });
    this.tell(caller, reached);
    return failure;
  }

  private async delivery(caller: Caller, letter: DeadLetterRow, note: string): Promise<Targets['failure']> {
    const { delivery } = letter.details;
    return this.database.transaction(async (sql): Promise<Targets['failure']> => {
      if ((await this.lockOpen(sql, caller, letter.id)) === null) return null;
      if (typeof delivery !== 'string' || !(await resendDelivery(sql, caller.workspaceId, delivery))) {
        const message =
          'The delivery is not kept any more, or its endpoint is gone; send the event again from its list.';
        return { code: 'delivery.gone', message, problems: [] };
      }
      await closeDeadLetter(sql, caller.workspaceId, letter.id, { status: 'redriven', by: caller.actor, note });
      await this.audit(sql, caller, letter, 'dead-letter.redrive', note, []);
      return null;
    });
  }

  private async targets(caller: Caller, letter: DeadLetterRow, event: IngestEvent): Promise<Targets> {
    const { workspaceId } = caller;
    const { pool } = this.database;
    const own = letter.triggerId === null ? null : await findLiveTriggerById(pool, workspaceId, letter.triggerId);
    // What was sent to a webhook is for that trigger, whatever it matches besides.
    const to = own !== null && own.kind !== 'trigger.event' ? [this.startOf(own, event)] : [];
    const asked: EventRequest[] = [{ workspaceId, event }, ...to];
    const [matched, sentTo] = await withEventTriggers(pool, asked, this.shards);
    if (matched === undefined) throw new Error('An event was not looked at; this is a bug.');
    const { request, starts, letters } = matched;
    if (request.letter !== undefined) return { ...NO_TARGETS, failure: request.letter };
    const casts = request.casts ?? [];
    const addressed = to.flatMap((start) =>
      sentTo?.request.letter === undefined ? [{ ...start, ...sentTo?.request }] : [],
    );
    const uncast = sentTo?.request.letter === undefined ? [] : [{ workspaceId, event, letter: sentTo.request.letter }];
    const all = [...uncast, ...letters];
    if (letter.holds) return { starts: [...addressed, ...starts], letters: all, casts, failure: null };
    if (letter.kind === 'upcast' && letter.triggerId === null) {
      const still = all.find((each) => each.letter?.triggerId === null && each.letter.kind === 'upcast');
      return { ...NO_TARGETS, casts, failure: still?.letter ?? null };
    }
    const mine = [...addressed, ...starts].filter(({ triggerId }) => triggerId === letter.triggerId);
    if (mine.length > 0) return { ...NO_TARGETS, starts: mine };
    const failed = all.find((each) => each.letter?.triggerId === letter.triggerId)?.letter;
    const message = 'The trigger is not live any more, or does not match the event; publish it, or discard the letter.';
    return { ...NO_TARGETS, failure: failed ?? { code: 'trigger.not-matching', message, problems: [] } };
  }

  private startOf(
    { workspaceId, workflowId, versionId, triggerId, triggerNode, publishedAt }: LiveTarget,
    event: IngestEvent,
  ): Targets['starts'][number] & EventRequest {
    const runId = uuidv7();
    return {
      workspaceId,
      workflowId,
      versionId,
      triggerId,
      triggerNode,
      runId,
      shard: shardOf(runId, this.shards),
      event,
      addressed: { publishedAt, order: null },
    };
  }

  private async eventOf(caller: Caller, { position }: DeadLetterRow): Promise<IngestEvent> {
    const event = position === null ? null : await findEventOfLetter(this.database.pool, caller.workspaceId, position);
    if (event !== null) return event;
    const detail = 'The event of this letter is not kept any more, so it cannot be sent again; discard the letter.';
    throw new Refusal('dead-letter.not-sendable', detail);
  }

  /** @returns null when it was sent again already */
  private async findOpen(caller: Caller, id: string): Promise<DeadLetterRow | null> {
    return openOnly(await findDeadLetter(this.database.pool, caller.workspaceId, id));
  }

  private async lockOpen(sql: Queryable, caller: Caller, id: string): Promise<DeadLetterRow | null> {
    return openOnly(await findDeadLetter(sql, caller.workspaceId, id, true));
  }

  private async audit(
    sql: Queryable,
    caller: Caller,
    letter: DeadLetterRow,
    action: string,
    note: string,
    started: readonly Run[],
  ): Promise<void> {
    await appendAudit(sql, caller.workspaceId, {
      actor: auditActor(caller),
      action,
      subject: `dead-letter:${letter.id}`,
      details: { kind: letter.kind, event: letter.position, note, runs: started.length },
    });
  }

  private tell({ workspaceId }: Caller, { begun, woken }: Reached): void {
    this.live.publish(begun.map(({ runId }) => ({ workspaceId, runId, seq: 1, status: 'queued' })));
    for (const shard of new Set([...begun, ...woken].map((run) => run.shard))) this.doorbell.ring(shard);
  }
}

function openOnly(letter: DeadLetterRow | null): DeadLetterRow | null {
  if (letter === null) throw notFound();
  if (letter.status === 'discarded') throw closed(letter);
  return letter.status === 'redriven' ? null : letter;
}

const MARK = 'ce-redriveid';

function marked(event: IngestEvent, { id }: DeadLetterRow): IngestEvent {
  return { ...event, headers: { ...event.headers, [MARK]: id } };
}

/**
 * Its id names the letter and ends in chance: nobody can send an event of that id and source beforehand, which would then stand
 * in its place. That it is stored once follows from the letter's lock.
 */
function editedEvent(letter: DeadLetterRow, event: IngestEvent, data: Json, { actor }: Caller): IngestEvent {
  const raw = Buffer.from(JSON.stringify(data));
  return {
    ...marked(event, letter),
    eventId: `redrive:${letter.id}:${randomUUID()}`,
    contentHash: sha256(raw),
    contentType: 'application/json',
    raw,
    data,
    receipt: { edited: { position: letter.position, deadLetter: letter.id, by: { ...actor } } },
  };
}

function again({ ...start }: Targets['starts'][number]) {
  return { ...start, onlyIfNew: false } as const;
}
