/**
 * Waits for what a run has to say to whoever started it: the answer of its first `respond` step, or its end.
 *
 * 1. The journal alone is believed; the live bus only says when to look. Without it one looks about once a second.
 * 2. How long and by how many is waited is bounded. Who finds no place is told at once that the run goes on without them.
 */
import { entrySchema } from '@sagawright/shared/saga';
import type { Entry, EntryOf, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { findRun, readJournal } from '@sagawright/shared/server';
import type { LiveBus, LiveSubscription, Queryable } from '@sagawright/shared/server';
import { z } from 'zod';
import { Bell } from './bell.js';

const LOOK_MS = 1_000;
const PAGE = 500;
const MOST_WAITING = 1_000;

export type RunAnswer =
  | { readonly kind: 'response'; readonly response: NonNullable<RunState['response']> }
  | { readonly kind: 'end'; readonly end: Pick<EntryOf<'run.ended'>, 'outcome' | 'output' | 'failure'> };

/** What somebody waits to hear from the journal. */
interface Listener<A> {
  readonly after: number;
  readonly heardIn: (definition: SagaDefinition, entry: Entry) => A | null;
}

/** What a `respond` step puts out. */
const responseSchema = z.object({
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()),
  body: z.json(),
});

export class RunAnswers {
  private readonly waiting = new Map<string, Set<Bell>>();
  private subscription: LiveSubscription | null = null;
  private places = MOST_WAITING;
  private closed = false;

  constructor(
    private readonly sql: Queryable,
    private readonly bus: Pick<LiveBus, 'subscribe'>,
  ) {}

  /**
   * @param gone aborted when nobody waits for the answer any more
   * @returns null when it did not come in time
   */
  wait(workspaceId: string, runId: string, patienceMs: number, gone: AbortSignal): Promise<RunAnswer | null> {
    return this.await(workspaceId, runId, { after: 0, heardIn: answerIn }, patienceMs, gone);
  }

  /** Resolves when the run has ended, has an entry behind a position (null = its end alone counts), or the time is over. */
  async news(
    workspaceId: string,
    runId: string,
    after: number | null,
    patienceMs: number,
    gone: AbortSignal,
  ): Promise<void> {
    const run = await findRun(this.sql, workspaceId, runId);
    if (run === null || run.endedAt !== null) return;
    const heardIn = (_definition: SagaDefinition, { type, seq }: Entry): true | null =>
      type === 'run.ended' || (after !== null && seq > after) ? true : null;
    await this.await(workspaceId, runId, { after: after ?? 0, heardIn }, patienceMs, gone);
  }

  private async await<A>(
    workspaceId: string,
    runId: string,
    listener: Listener<A>,
    patienceMs: number,
    gone: AbortSignal,
  ): Promise<A | null> {
    if (this.places === 0 || this.closed) return null;
    const bell = new Bell();
    this.places -= 1;
    this.listen(runId, bell);
    const hush = () => bell.ring();
    gone.addEventListener('abort', hush);
    try {
      return await this.look(workspaceId, runId, listener, performance.now() + patienceMs, bell, gone);
    } finally {
      gone.removeEventListener('abort', hush);
      this.places += 1;
      const others = this.waiting.get(runId);
      others?.delete(bell);
      if (others?.size === 0) this.waiting.delete(runId);
    }
  }

  /** Whoever waits is answered without the run's answer. */
  async close(): Promise<void> {
    this.closed = true;
    this.ringAll();
    await this.subscription?.close();
  }

  private async look<A>(
    workspaceId: string,
    runId: string,
    { after, heardIn }: Listener<A>,
    until: number,
    bell: Bell,
    gone: AbortSignal,
  ): Promise<A | null> {
    const run = await findRun(this.sql, workspaceId, runId);
    if (run === null) return null;
    const { definition } = run;
    for (let seq = after; ;) {
      const entries = await readJournal(this.sql, runId, { after: seq, limit: PAGE }, 'whole');
      for (const entry of entries) {
        const answer = heardIn(definition, entrySchema.parse(entry));
        if (answer !== null) return answer;
        seq = entry.seq;
      }
      if (entries.length === PAGE) continue;
      const left = until - performance.now();
      if (left <= 0 || this.closed || gone.aborted) return null;
      await bell.heard(Math.min(left, LOOK_MS));
    }
  }

  private listen(runId: string, bell: Bell): void {
    const others = this.waiting.get(runId);
    if (others === undefined) this.waiting.set(runId, new Set([bell]));
    else others.add(bell);
    this.subscription ??= this.bus.subscribe((message) => {
      if (message.kind === 'gap') return this.ringAll();
      for (const change of message.changes) for (const each of this.waiting.get(change.runId) ?? []) each.ring();
    });
  }

  private ringAll(): void {
    for (const bells of this.waiting.values()) for (const bell of bells) bell.ring();
  }
}

function answerIn(definition: SagaDefinition, entry: Entry): RunAnswer | null {
  if (entry.type === 'run.ended') {
    const { outcome, output, failure } = entry;
    return { kind: 'end', end: { outcome, output, failure } };
  }
  if (entry.type !== 'step.succeeded' || entry.direction !== 'forward') return null;
  if (definition.steps[entry.step]?.kind !== 'respond') return null;
  const response = responseSchema.safeParse(entry.output);
  return response.success ? { kind: 'response', response: response.data } : null;
}
