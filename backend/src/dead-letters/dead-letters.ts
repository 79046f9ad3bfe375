/** Dead letters as the doors show them, and giving one up. Sending them again: redrive.ts. */
import type { DeadLetter } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import {
  appendAudit,
  closeDeadLetter,
  countDeadLetters,
  deadLetterDays,
  findDeadLetter,
  findEventOfLetter,
  listDeadLetters,
  setDeadLetterDays,
} from '@sagawright/shared/server';
import type {
  Database,
  DeadLetterFilter,
  DeadLetterKind,
  DeadLetterRow,
  DeadLetterStatus,
} from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';

export interface LetterWish {
  readonly kind?: DeadLetterKind | undefined;
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly triggerId?: string | undefined;
  readonly workflowId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly search?: string | undefined;
}

const MOST_COUNTED = 500;

export class DeadLetters {
  constructor(private readonly database: Database) {}

  async list(
    caller: Caller,
    query: LetterWish & { status?: DeadLetterStatus | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: DeadLetter[]; nextCursor: string | null }> {
    const page = { after: readCursor(query.cursor), limit: query.limit + 1 };
    const filter = filterOf(query, query.status ?? null);
    const rows = await listDeadLetters(this.database.pool, caller.workspaceId, filter, page);
    const shown = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(viewOf),
      nextCursor: last === undefined ? null : writeCursor(last.firstAtMicros, last.id),
    };
  }

  async counts(caller: Caller) {
    const rows = await countDeadLetters(this.database.pool, caller.workspaceId, MOST_COUNTED);
    return {
      open: rows.reduce((sum, { open }) => sum + open, 0),
      items: rows.map((row) => ({
        kind: row.kind,
        subscription: subscriptionOf(row),
        type: row.eventType,
        open: row.open,
        oldestAt: row.oldestAt.toISOString(),
      })),
    };
  }

  async settings(caller: Caller): Promise<{ keepDays: number }> {
    return { keepDays: await deadLetterDays(this.database.pool, caller.workspaceId) };
  }

  async changeSettings(caller: Caller, { keepDays }: { readonly keepDays: number }): Promise<{ keepDays: number }> {
    await this.database.transaction(async (sql) => {
      await setDeadLetterDays(sql, caller.workspaceId, keepDays);
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'dead-letter.settings',
        subject: `workspace:${caller.workspaceId}`,
        details: { keepDays },
      });
    });
    return { keepDays };
  }

  /** @throws Refusal `dead-letter.not-found` */
  async letter(caller: Caller, id: string): Promise<DeadLetter> {
    return viewOf(await this.find(caller, id));
  }

  /** @throws Refusal `dead-letter.not-found` */
  async get(caller: Caller, id: string): Promise<DeadLetter & { data: Json | null }> {
    const row = await this.find(caller, id);
    const { position } = row;
    const event = position === null ? null : await findEventOfLetter(this.database.pool, caller.workspaceId, position);
    return { ...viewOf(row), data: event?.data ?? null };
  }

  /** @throws Refusal `dead-letter.not-found`, `dead-letter.closed` when it was sent again */
  async discard(caller: Caller, id: string, note: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      const row = await findDeadLetter(sql, caller.workspaceId, id, true);
      if (row === null) throw notFound();
      if (row.status === 'redriven') throw closed(row);
      if (row.status === 'discarded') return;
      await closeDeadLetter(sql, caller.workspaceId, id, { status: 'discarded', by: caller.actor, note });
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'dead-letter.discard',
        subject: `dead-letter:${id}`,
        details: { kind: row.kind, event: row.position, note },
      });
    });
  }

  private async find(caller: Caller, id: string): Promise<DeadLetterRow> {
    const row = await findDeadLetter(this.database.pool, caller.workspaceId, id);
    if (row === null) throw notFound();
    return row;
  }
}

export function filterOf(wish: LetterWish, status: DeadLetterStatus | null): DeadLetterFilter {
  const { kind, type, code, triggerId, workflowId, from, to, search } = wish;
  return {
    status,
    kind: kind ?? null,
    type: type ?? null,
    code: code ?? null,
    triggerId: triggerId ?? null,
    workflowId: workflowId ?? null,
    from: from ?? null,
    to: to ?? null,
    search: search ?? null,
  };
}

export function notFound(): Refusal {
  return new Refusal('dead-letter.not-found', 'There is no such dead letter in this workspace, or its time was over.');
}

export function closed({ status, closedBy }: DeadLetterRow): Refusal {
  const done = status === 'redriven' ? 'sent it again' : 'discarded it';
  return new Refusal('dead-letter.closed', `${closedBy?.name ?? 'Somebody'} has ${done} already.`);
}

type WithSubscription = Pick<DeadLetterRow, 'triggerId' | 'triggerName' | 'workflowId' | 'workflowName'>;

function subscriptionOf({
  triggerId,
  triggerName,
  workflowId,
  workflowName,
}: WithSubscription): DeadLetter['subscription'] {
  if (triggerId === null || workflowId === null) return null;
  return { triggerId, triggerName: triggerName ?? '', workflowId, workflowName: workflowName ?? '' };
}

function viewOf(row: DeadLetterRow): DeadLetter {
  const { closedAt, closedBy } = row;
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    subscription: subscriptionOf(row),
    event: { position: row.position, type: row.eventType, source: row.eventSource, id: row.eventId },
    holds: row.holds,
    code: row.code,
    message: row.message,
    problems: row.problems.map(({ path, message }) => ({ path, message })),
    attempts: row.attempts,
    firstAt: row.firstAt.toISOString(),
    lastAt: row.lastAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    closed:
      closedAt === null || closedBy === null
        ? null
        : {
            at: closedAt.toISOString(),
            by: closedBy,
            note: row.note,
            runs: [...row.runs],
            replacedBy: row.replacedBy,
          },
  };
}
