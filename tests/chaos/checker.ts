/**
 * The checker: what the journals of the engine, the rest of its tables, and the ledger of the participant say together, after
 * the storm. Rules are those of the reliability document (I1-I13); each breach is told in a line.
 */
import { readFileSync } from 'node:fs';
import { checkRun, instanceId, replay } from '@sagawright/shared/saga';
import type { Entry, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { loadDefinitions, loadJournals } from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';
import type { LedgerRow } from './participant-contract.js';
import { TICK_MS, TILL, TOLD } from './sagas.js';

export interface StartedRun {
  readonly id: string;
  /** Its name in the ledger. */
  readonly ref: string;
}

export interface Verdict {
  /** Those that were asked for; the runs of the clock and the children are judged with them. */
  readonly runs: number;
  readonly lost: number;
  readonly orphaned: number;
  readonly doubled: number;
  readonly unbalanced: number;
  /** Breaches of I2, I3, I4, I6, I8, I9, I10, I11, I13, and of what the doors have promised. */
  readonly broken: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Calls that the participant had seen before under the same key: repeats after a crash or a lost answer. */
  readonly repeated: number;
  readonly complaints: readonly string[];
}

export interface Evidence {
  readonly db: Database;
  readonly started: readonly StartedRun[];
  readonly tick: string;
  /** Of the tick workflow only runs of instants in this span are judged, milliseconds since 1970. */
  readonly span: { readonly from: number; readonly to: number };
  readonly ledgerFile: string;
  /** Answers to tasks that the doors have taken. */
  readonly answers: ReadonlyMap<string, string>;
}

interface RunRow {
  readonly id: string;
  readonly version_id: string;
  readonly parent_run_id: string | null;
  readonly status: string;
  readonly next_seq: number;
  readonly ended: boolean;
  readonly orphaned: boolean;
  readonly epochs_fall: boolean;
  /** Rows that an ended run has no use for. */
  readonly left: string | null;
}

const AT_ONCE = 300;
/** Instants of journals come from the clocks of several workers, each set by the database's. */
const CLOCK_SLACK_MS = 50;

export async function judge(evidence: Evidence): Promise<Verdict> {
  const court = new Court(readLedger(evidence.ledgerFile));
  const started = [...evidence.started, ...(await tickRuns(evidence, court))];
  for (let from = 0; from < started.length; from += AT_ONCE)
    await court.hear(evidence.db, started.slice(from, from + AT_ONCE));
  await court.hearTasks(evidence.db, evidence.answers);
  await court.hearEvents(evidence.db);
  return court.verdict(evidence.started.length);
}

/** I9: a run for each instant of the clock, none twice. */
async function tickRuns({ db, tick, span }: Evidence, court: Court): Promise<StartedRun[]> {
  const { rows } = await db.pool.query<{ id: string; at: number }>(
    `SELECT r.id, (extract(epoch FROM e.time) * 1000)::float8 AS at FROM run r JOIN event e ON e.position = r.event_position
     WHERE r.workflow_id = $1 ORDER BY e.time`,
    [tick],
  );
  const judged = rows.filter(({ at }) => at >= span.from && at <= span.to);
  judged.forEach(({ at }, index) => {
    const before = judged[index - 1]?.at;
    if (before !== undefined && at - before !== TICK_MS)
      court.complain('broken', `I9: the clock fired ${at - before} ms after ${new Date(before).toISOString()}`);
  });
  return judged.map(({ id, at }) => ({ id, ref: `tick-${new Date(at).toISOString()}` }));
}

type Count = 'lost' | 'orphaned' | 'doubled' | 'unbalanced' | 'broken';

class Court {
  private readonly counts: Record<Count, number> = { lost: 0, orphaned: 0, doubled: 0, unbalanced: 0, broken: 0 };
  private readonly complaints: string[] = [];
  private readonly outcomes: Record<string, number> = {};
  private repeated = 0;
  private readonly byRef: ReadonlyMap<string, readonly LedgerRow[]>;
  private readonly tills: { readonly from: number; readonly to: number }[] = [];
  private readonly refs = new Set<string>();

  constructor(ledger: readonly LedgerRow[]) {
    this.byRef = grouped(ledger, (row) => row.effect.split('/')[0] ?? '');
  }

  complain(count: Count, what: string): void {
    this.counts[count] += 1;
    this.complaints.push(what);
  }

  async hear(db: Database, started: readonly StartedRun[]): Promise<void> {
    const rows = await runRows(
      db,
      started.map(({ id }) => id),
    );
    const journals = await loadJournals(
      db.pool,
      rows.map(({ id }) => id),
    );
    const definitions = await loadDefinitions(db.pool, [...new Set(rows.map((row) => row.version_id))]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const children = grouped(
      rows.filter((row) => row.parent_run_id !== null),
      (row) => row.parent_run_id ?? '',
    );

    for (const { id, ref } of started) {
      if (this.refs.has(ref)) this.complain('doubled', `I1: ${ref} was started twice`);
      this.refs.add(ref);
      const row = byId.get(id);
      if (row === undefined) {
        this.complain('lost', `I1: run ${id} of ${ref} is gone`);
        continue;
      }
      this.outcomes[row.status] = (this.outcomes[row.status] ?? 0) + 1;
      const family = [row, ...(children.get(id) ?? [])];
      const stories = family.flatMap((member) => {
        const definition = definitions.get(member.version_id);
        if (definition === undefined || definition === null) return [];
        return [this.hearRun(member, definition, journals.get(member.id) ?? [])];
      });
      this.weigh(ref, row, stories);
    }
  }

  /** Every answer that was taken is what its run went on by. */
  async hearTasks(db: Database, answers: ReadonlyMap<string, string>): Promise<void> {
    const { rows } = await db.pool.query<{ id: string; status: string; outcome: string | null; run_id: string }>(
      'SELECT id, status, outcome, run_id FROM task WHERE id = ANY($1::uuid[])',
      [[...answers.keys()]],
    );
    for (const { id, status, outcome, run_id: run } of rows) {
      const answer = answers.get(id);
      if (answer === 'both') this.complain('doubled', `task ${id} of run ${run} took two answers`);
      else if (status === 'open' || (status === 'completed' && outcome !== answer))
        this.complain(
          'broken',
          `task ${id} of run ${run} was answered "${String(answer)}" and is ${status} with "${String(outcome)}"`,
        );
    }
  }

  /** What a run publishes is stored once, however often the step was tried. */
  async hearEvents(db: Database): Promise<void> {
    const { rows } = await db.pool.query<{ subject: string; times: number }>(
      'SELECT subject, count(*)::int AS times FROM event WHERE type = $1 GROUP BY subject HAVING count(*) > 1',
      [TOLD],
    );
    for (const { subject, times } of rows) this.complain('doubled', `I5: ${subject} was published ${times} times`);
  }

  verdict(runs: number): Verdict {
    this.checkTills();
    const { counts, outcomes, repeated, complaints } = this;
    return { runs, ...counts, outcomes, repeated, complaints };
  }

  private hearRun(row: RunRow, definition: SagaDefinition, journal: readonly Entry[]): Story {
    const { id, status } = row;
    if (!row.ended) this.complain('lost', `I12: run ${id} has not ended: ${status}`);
    if (row.orphaned) this.complain('orphaned', `I12: run ${id} (${status}) has no reason to be alive`);
    if (row.epochs_fall) this.complain('broken', `I4: run ${id} has an entry of a superseded epoch`);
    if (row.ended && row.left !== null) this.complain('broken', `I11: run ${id} is over, but has left ${row.left}`);
    const state = replay(definition, journal);
    for (const problem of journalProblems(definition, journal, state, row))
      this.complain('broken', `run ${id}: ${problem}`);
    this.noteTills(definition, journal);
    return tell(journal);
  }

  /** I3, I5, I7: what the participant knows of a run and its children, beside what their journals say. */
  private weigh(ref: string, row: RunRow, stories: readonly Story[]): void {
    const ledger = this.byRef.get(ref) ?? [];
    const intents = new Map<string, number>();
    for (const story of stories)
      for (const [key, count] of story.intents) intents.set(key, (intents.get(key) ?? 0) + count);
    for (const [key, calls] of grouped(
      ledger.filter((call) => call.key !== ''),
      (call) => `${call.operation} ${call.key}`,
    )) {
      const applied = calls.filter(({ result }) => result === 'applied').length;
      if (applied > 1) this.complain('doubled', `I5: ${key} of ${ref} was applied ${applied} times`);
      const asked = intents.get(key) ?? 0;
      if (calls.length > asked)
        this.complain('doubled', `I3: ${key} of ${ref} was called ${calls.length} times for ${asked} intents`);
      this.repeated += calls.filter(({ result }) => result === 'replayed').length;
    }
    if (!row.ended) return;
    const stands = standingOf(ledger, (effect) => this.complain('doubled', `I5: ${effect} was done twice over`));
    const told = new Set(stories.flatMap(({ standing }) => [...standing]));
    for (const effect of stands)
      if (!told.has(effect))
        this.complain('unbalanced', `I7: ${effect} stands, but run ${row.id} (${row.status}) knows nothing of it`);
    for (const effect of told)
      if (!stands.has(effect))
        this.complain('unbalanced', `I7: ${effect} does not stand, but run ${row.id} (${row.status}) says so`);
    const undone = row.status === 'compensated' || row.status === 'cancelled' || row.status === 'failed';
    const kept = stories.some(({ pivoted }) => pivoted);
    if (undone && !kept && stands.size > 0)
      this.complain('unbalanced', `I7: run ${row.id} is ${row.status}, but ${[...stands].join(', ')} stand`);
  }

  /** I13: from the first attempt of a step to its outcome it holds a place. */
  private noteTills(definition: SagaDefinition, journal: readonly Entry[]): void {
    const open = new Map<string, number>();
    for (const entry of journal) {
      if (!('step' in entry)) continue;
      const step = definition.steps[entry.step];
      if (step?.kind !== 'action' || step.concurrency === null) continue;
      const id = instanceId(entry);
      if (entry.type === 'step.started' && entry.direction === 'forward' && !open.has(id)) open.set(id, entry.at);
      const over =
        entry.type === 'step.cancelled' ||
        (entry.type === 'step.succeeded' && entry.direction === 'forward') ||
        ((entry.type === 'step.failed' || entry.type === 'step.unknown') &&
          entry.direction === 'forward' &&
          entry.retryAt === null);
      const from = open.get(id);
      if (!over || from === undefined) continue;
      this.tills.push({ from, to: entry.at });
      open.delete(id);
    }
  }

  private checkTills(): void {
    const turns = this.tills.flatMap(({ from, to }) => [
      { at: from + CLOCK_SLACK_MS, by: 1 },
      { at: Math.max(to, from + CLOCK_SLACK_MS), by: -1 },
    ]);
    turns.sort((a, b) => a.at - b.at || a.by - b.by);
    let held = 0;
    let most = 0;
    for (const { by } of turns) most = Math.max(most, (held += by));
    if (most > TILL.limit) this.complain('broken', `I13: ${most} steps held a place where there are ${TILL.limit}`);
  }
}

async function runRows(db: Database, ids: readonly string[]): Promise<RunRow[]> {
  const { rows } = await db.pool.query<RunRow>(
    `SELECT r.id, r.version_id, r.parent_run_id, r.status, r.next_seq, r.ended_at IS NOT NULL AS ended,
       (r.ended_at IS NULL AND r.owner IS NULL AND r.runnable_at IS NULL
         AND NOT EXISTS (SELECT FROM incident i WHERE i.run_id = r.id AND i.resolved_at IS NULL)
         AND NOT EXISTS (SELECT FROM wait w WHERE w.run_id = r.id)
         AND NOT EXISTS (SELECT FROM task t WHERE t.run_id = r.id AND t.status = 'open')
         AND NOT EXISTS (SELECT FROM slot s WHERE s.run_id = r.id AND NOT s.held)
         AND NOT EXISTS (SELECT FROM run_place p WHERE p.run_id = r.id AND NOT p.held)
         AND NOT EXISTS (SELECT FROM run c WHERE c.parent_run_id = r.id AND c.ended_at IS NULL))
       OR (r.ended_at IS NULL AND r.owner IS NOT NULL AND NOT EXISTS (SELECT FROM worker w WHERE w.incarnation = r.owner)) AS orphaned,
       EXISTS (
         SELECT FROM journal a JOIN journal b ON b.run_id = a.run_id AND b.seq = a.seq + 1
         WHERE a.run_id = r.id AND b.epoch < a.epoch
       ) AS epochs_fall,
       CASE
         WHEN r.owner IS NOT NULL THEN 'an owner'
         WHEN EXISTS (SELECT FROM wait w WHERE w.run_id = r.id) THEN 'a wait'
         WHEN EXISTS (SELECT FROM task t WHERE t.run_id = r.id AND t.status = 'open') THEN 'an open task'
         WHEN EXISTS (SELECT FROM slot s WHERE s.run_id = r.id AND s.kind = 'concurrency') THEN 'a slot'
         WHEN EXISTS (SELECT FROM run_place p WHERE p.run_id = r.id) THEN 'a place'
         WHEN EXISTS (SELECT FROM incident i WHERE i.run_id = r.id AND i.resolved_at IS NULL) THEN 'an open incident'
         WHEN EXISTS (SELECT FROM run_signal s WHERE s.run_id = r.id) THEN 'a signal'
       END AS left
     FROM run r WHERE r.id = ANY($1::uuid[]) OR r.parent_run_id = ANY($1::uuid[])`,
    [ids],
  );
  return rows;
}

/** What a journal says of effects. */
interface Story {
  /** How often a key was meant to be sent, by direction and key. */
  readonly intents: ReadonlyMap<string, number>;
  /** Effects that it believes in. */
  readonly standing: ReadonlySet<string>;
  readonly pivoted: boolean;
}

function tell(journal: readonly Entry[]): Story {
  const intents = new Map<string, number>();
  const standing = new Set<string>();
  const effects = new Map<string, string>();
  const opened = new Map<string, { side: string }>();
  let pivoted = false;
  for (const entry of journal) {
    if (entry.type === 'step.started') {
      const asked = `${entry.direction === 'undo' ? 'undo' : 'do'} ${entry.key}`;
      intents.set(asked, (intents.get(asked) ?? 0) + 1);
      const effect = (entry.input['body'] as { effect?: unknown } | undefined)?.effect;
      if (typeof effect === 'string') effects.set(`${entry.direction} ${instanceId(entry)}`, effect);
    } else if (entry.type === 'step.succeeded') {
      const effect = effects.get(`${entry.direction} ${instanceId(entry)}`);
      if (entry.step === 'handOver' && entry.direction === 'forward') pivoted = true;
      if (effect === undefined) continue;
      if (entry.direction === 'undo') standing.delete(effect);
      else standing.add(effect);
    } else if (entry.type === 'incident.opened') {
      opened.set(entry.incident, { side: `${entry.direction} ${instanceId(entry)}` });
    } else if (entry.type === 'incident.resolved' && entry.resolution.kind === 'done') {
      const side = opened.get(entry.incident)?.side ?? '';
      const effect = effects.get(side);
      if (effect !== undefined && side.startsWith('undo ')) standing.delete(effect);
    }
  }
  return { intents, standing, pivoted };
}

/** What the participant holds of one run; by its own book. */
function standingOf(ledger: readonly LedgerRow[], twice: (effect: string) => void): Set<string> {
  const standing = new Set<string>();
  for (const { operation, effect, result } of ledger) {
    if (result !== 'applied') continue;
    if (operation === 'undo') standing.delete(effect);
    else if (standing.has(effect)) twice(effect);
    else standing.add(effect);
  }
  return standing;
}

/**
 * I2 dense, one terminal outcome; I3 an attempt begins only after the one before has an outcome; I9 no timer early; I10 no wait
 * in vain; I11 replay equals the row; and I6, I8: causes come before effects in both directions, as the core's own checker
 * sees it.
 */
function* journalProblems(
  definition: SagaDefinition,
  journal: readonly Entry[],
  state: RunState | null,
  row: RunRow,
): Generator<string> {
  if (journal.some((entry, index) => entry.seq !== index + 1)) yield 'I2: its journal has gaps';
  if (journal.length + 1 !== row.next_seq)
    yield `I11: its row expects entry ${row.next_seq}, its journal has ${journal.length}`;
  if (state?.status !== row.status)
    yield `I11: its journal replays to ${String(state?.status)}, its row says ${row.status}`;
  if (state !== null) yield* checkRun(definition, { journal, state });
  const inFlight = new Map<string, number>();
  const due = new Map<string, number>();
  for (const entry of journal) {
    if (
      entry.type === 'step.waiting' &&
      entry.direction === 'forward' &&
      entry.until !== null &&
      entry.awaits.length === 0
    )
      due.set(instanceId(entry), entry.until);
    if (entry.type === 'step.failed' && entry.failure.code === 'timeout.wait')
      yield `I10: ${entry.step} waited in vain`;
    if (entry.type === 'step.started') {
      const side = `${entry.direction} ${instanceId(entry)}`;
      if (inFlight.has(side))
        yield `I3: attempt ${entry.attempt} of ${side} began before the one before it was settled`;
      inFlight.set(side, entry.attempt);
    } else if (entry.type === 'step.succeeded' || entry.type === 'step.failed' || entry.type === 'step.unknown') {
      inFlight.delete(`${entry.direction} ${instanceId(entry)}`);
      const at = due.get(instanceId(entry));
      if (entry.type === 'step.succeeded' && at !== undefined && entry.at < at)
        yield `I9: the timer of ${entry.step} went off ${at - entry.at} ms early`;
    }
  }
}

function readLedger(file: string): LedgerRow[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerRow);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
