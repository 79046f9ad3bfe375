/**
 * The journal writer: collects the commits of many runs for a moment and writes them in one statement.
 *
 * 1. A caller is answered after the commit, never before.
 * 2. A run that the statement did not answer for is fenced.
 * 3. When the connection is lost the writer asks the database what became of each commit before it sends one again.
 * 4. A group that the database refuses is halved until the row that spoils it stands alone; its neighbours are written.
 * 5. A group that fails again and again is halved as well; what fails alone steps aside for a while, so that it holds no lane.
 * 6. A run has at most one commit under way (its actor sees to that), so groups never race for a run.
 */
import { failure } from '@sagawright/shared/kernel';
import type { Failure } from '@sagawright/shared/kernel';
import { Pace } from '@sagawright/shared/server';
import type { CommitFate, RunCommit } from '@sagawright/shared/server';

/** Where commits go; the fenced statements of one incarnation. */
export interface Ledger {
  commit(commits: readonly RunCommit[]): Promise<Map<string, number>>;
  fates(commits: readonly RunCommit[]): Promise<Map<string, { fate: CommitFate; signals: number }>>;
}

export type CommitAnswer =
  /** Durable. `signals` is the number of the run's latest signal. */
  | { readonly kind: 'committed'; readonly signals: number }
  | { readonly kind: 'fenced' }
  /** The database will never take it. */
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface WriterOptions {
  /** Statements under way at once; one connection each. */
  readonly lanes?: number;
  /** How long commits wait for more company after a group that had some. */
  readonly spacingMs?: number;
  readonly maxRuns?: number;
  readonly maxBytes?: number;
  /** Pause before a failed statement is sent again. */
  readonly retryMs?: number;
  /** Told of each failure that is not an answer to the caller. */
  readonly onTrouble?: (error: unknown) => void;
}

/** A group of so many runs is a busy one (pace.ts). */
const COMPANY = 4;
/** So many failures in a row, and a group is halved. */
const PATIENCE = 3;
/** A commit that fails alone comes back after so many pauses. */
const ASIDE_PAUSES = 20;

interface Waiting {
  readonly commit: RunCommit;
  readonly answer: (answer: CommitAnswer) => void;
}

export class JournalWriter {
  private readonly queue: Waiting[] = [];
  private readonly lanes: number;
  private readonly pace: Pace;
  private readonly maxRuns: number;
  private readonly maxBytes: number;
  private readonly retryMs: number;
  private readonly onTrouble: (error: unknown) => void;
  private busy = 0;

  /** @param lost aborted when the incarnation is dead; what is still waiting then is answered `fenced` */
  constructor(
    private readonly ledger: Ledger,
    private readonly lost: AbortSignal,
    options: WriterOptions = {},
  ) {
    this.lanes = options.lanes ?? 2;
    this.pace = new Pace({ spacingMs: options.spacingMs ?? 4, company: COMPANY });
    this.maxRuns = options.maxRuns ?? 256;
    this.maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
    this.retryMs = options.retryMs ?? 50;
    this.onTrouble = options.onTrouble ?? (() => undefined);
  }

  commit(commit: RunCommit): Promise<CommitAnswer> {
    return new Promise((answer) => {
      this.queue.push({ commit, answer });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.queue.length === 0 || this.busy >= this.lanes) return;
    if (this.queue.length >= this.maxRuns) this.flush();
    else this.pace.soon(() => this.flush());
  }

  private flush(): void {
    this.pace.cancel();
    const group = this.takeGroup();
    this.pace.went(group.length);
    this.busy += 1;
    void this.write(group).finally(() => {
      this.busy -= 1;
      this.schedule();
    });
    this.schedule();
  }

  private takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { commit } of this.queue) {
      bytes += commit.entries.reduce((sum, entry) => sum + entry.length, 0);
      if (count > 0 && (count === this.maxRuns || bytes > this.maxBytes)) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  /** Never throws: every member of the group is answered. */
  private async write(group: readonly Waiting[]): Promise<void> {
    let open = group;
    for (let failures = 1; open.length > 0; failures += 1) {
      if (this.lost.aborted) {
        for (const { answer } of open) answer({ kind: 'fenced' });
        return;
      }
      try {
        const written = await this.ledger.commit(open.map(({ commit }) => commit));
        for (const { commit, answer } of open) {
          const signals = written.get(commit.id);
          answer(signals === undefined ? { kind: 'fenced' } : { kind: 'committed', signals });
        }
        return;
      } catch (error) {
        const meaning = meaningOf(error);
        if (meaning === 'refused') return await this.bisect(open, error);
        this.onTrouble(error);
        await this.pause();
        if (meaning === 'unknown') open = await this.stillOpen(open);
        else if (failures >= PATIENCE) return await this.setApart(open);
      }
    }
  }

  private async bisect(group: readonly Waiting[], error: unknown): Promise<void> {
    const [only] = group;
    if (group.length === 1 && only !== undefined) {
      only.answer({ kind: 'refused', failure: refusal(error) });
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await this.write(group.slice(0, middle));
    await this.write(group.slice(middle));
  }

  private async setApart(group: readonly Waiting[]): Promise<void> {
    const [only] = group;
    if (group.length === 1 && only !== undefined) {
      setTimeout(() => {
        this.queue.push(only);
        this.schedule();
      }, this.retryMs * ASIDE_PAUSES);
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await this.write(group.slice(0, middle));
    await this.write(group.slice(middle));
  }

  /** Answers those whose fate is settled; the others may be sent again. */
  private async stillOpen(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    while (!this.lost.aborted) {
      try {
        const fates = await this.ledger.fates(group.map(({ commit }) => commit));
        return group.filter(({ commit, answer }) => {
          const { fate, signals } = fates.get(commit.id) ?? { fate: 'fenced', signals: 0 };
          if (fate === 'committed') answer({ kind: 'committed', signals });
          if (fate === 'fenced') answer({ kind: 'fenced' });
          return fate === 'open';
        });
      } catch {
        // The database is still away. It is asked until it answers or this incarnation is dead.
        await this.pause();
      }
    }
    return group;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.retryMs));
  }
}

/**
 * - `refused`: the data is at fault; sending it again gives the same answer
 * - `rolled-back`: certainly not written, worth another try (deadlock, serialization, resources, shutdown in good order; also
 *   a missing table, column or right: an operator can mend that, and no run may suffer for it)
 * - `unknown`: the connection went, perhaps after the commit
 */
export function meaningOf(error: unknown): 'refused' | 'rolled-back' | 'unknown' {
  const state = sqlState(error);
  if (state === null || state.startsWith('08') || state.startsWith('57P')) return 'unknown';
  return ['22', '23', '54'].includes(state.slice(0, 2)) ? 'refused' : 'rolled-back';
}

function sqlState(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : null;
}

function refusal(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return failure(
    'bug',
    'journal.refused',
    `The ledger refuses what this run wants to record (${message}); please report it.`,
    {
      sqlState: sqlState(error),
    },
  );
}
