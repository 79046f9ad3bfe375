/**
 * The checker: what the ledger of the engine and the ledger of the shop say together, after the storm.
 * Rules are those of the reliability document (I1-I8, I11); each breach is told in a line.
 */
import { readFileSync } from 'node:fs';
import { demoShopLedgerRowSchema } from '@sagawright/shared/contracts';
import { checkRun, instanceId, replay } from '@sagawright/shared/saga';
import type { Entry, SagaDefinition } from '@sagawright/shared/saga';
import { loadJournals } from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';

export interface StartedRun {
  readonly id: string;
  readonly orderId: string;
}

export interface Verdict {
  readonly lost: number;
  readonly orphaned: number;
  readonly doubled: number;
  readonly unbalanced: number;
  /** Breaches of I2, I3, I4, I6, I8 and I11: broken journals. */
  readonly broken: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Calls that the shop had seen before under the same key: repeats after a crash or a lost answer. */
  readonly repeated: number;
  readonly complaints: readonly string[];
}

interface RunRow {
  id: string;
  status: string;
  next_seq: number;
  ended: boolean;
  orphaned: boolean;
}

interface ShopRow {
  operation: string;
  idempotencyKey: string;
  orderId: string;
  result: string;
  stock: number;
  money: number;
  parcels: number;
}

export async function judge(
  db: Database,
  definition: SagaDefinition,
  started: readonly StartedRun[],
  ledgerFile: string,
): Promise<Verdict> {
  const ids = started.map((run) => run.id);
  const { rows } = await db.pool.query<RunRow>(
    `SELECT r.id, r.status, r.next_seq, r.ended_at IS NOT NULL AS ended,
       r.ended_at IS NULL AND r.owner IS NULL AND r.runnable_at IS NULL
         AND NOT EXISTS (SELECT FROM incident i WHERE i.run_id = r.id AND i.resolved_at IS NULL)
       OR (r.ended_at IS NULL AND r.owner IS NOT NULL AND NOT EXISTS (SELECT FROM worker w WHERE w.incarnation = r.owner)) AS orphaned
     FROM run r WHERE r.id = ANY($1::uuid[])`,
    [ids],
  );
  const complaints: string[] = [];
  const count = (holds: boolean, complaint: () => string): number => {
    if (holds) complaints.push(complaint());
    return holds ? 1 : 0;
  };

  const byId = new Map(rows.map((row) => [row.id, row]));
  const ledger = readLedger(ledgerFile);
  const byKey = grouped(ledger, (row) => row.idempotencyKey);
  const byOrder = grouped(ledger, (row) => row.orderId);
  const journals = await loadJournals(db.pool, ids);

  let lost = 0;
  let orphaned = 0;
  let doubled = 0;
  let unbalanced = 0;
  let broken = 0;
  const outcomes: Record<string, number> = {};
  const startedKeys = new Map<string, number>();

  for (const { id, orderId } of started) {
    const row = byId.get(id);
    lost += count(row?.ended !== true, () => `run ${id} has not ended: ${row?.status ?? 'it is gone'}`);
    if (row === undefined) continue;
    orphaned += count(row.orphaned, () => `run ${id} (${row.status}) has no reason to be alive`);
    outcomes[row.status] = (outcomes[row.status] ?? 0) + 1;
    const journal = journals.get(id) ?? [];
    for (const problem of journalProblems(definition, journal, row))
      broken += count(true, () => `run ${id}: ${problem}`);
    for (const entry of journal) {
      if (entry.type === 'step.started') startedKeys.set(entry.key, (startedKeys.get(entry.key) ?? 0) + 1);
    }
    const balance = balanceOf(byOrder.get(orderId) ?? []);
    const wanted = row.status === 'completed' ? 'reserve charge ship' : '';
    unbalanced += count(balance !== wanted, () => `order ${orderId} is ${row.status}, but what stands is "${balance}"`);
  }

  let repeated = 0;
  for (const [key, calls] of byKey) {
    const applied = calls.filter((call) => call.result === 'applied' || call.result === 'lost').length;
    doubled += count(applied > 1, () => `${key} was applied ${applied} times`);
    const intents = startedKeys.get(key) ?? 0;
    doubled += count(calls.length > intents, () => `${key} was called ${calls.length} times for ${intents} intents`);
    repeated += calls.filter((call) => call.result === 'replayed').length;
  }
  return { lost, orphaned, doubled, unbalanced, broken, outcomes, repeated, complaints };
}

/** I2 dense, one terminal outcome; I3/I5 an attempt begins only after the one before has an outcome; I11 replay equals the row; and I6, I8: causes
 * come before effects in both directions, as the core's own checker sees it. */
function* journalProblems(definition: SagaDefinition, journal: readonly Entry[], row: RunRow): Generator<string> {
  if (journal.some((entry, index) => entry.seq !== index + 1)) yield 'its journal has gaps';
  if (journal.length + 1 !== row.next_seq)
    yield `its row expects entry ${row.next_seq}, its journal has ${journal.length}`;
  const state = replay(definition, journal);
  if (state?.status !== row.status) yield `its journal replays to ${String(state?.status)}, its row says ${row.status}`;
  if (state !== null) yield* checkRun(definition, { journal, state });
  const inFlight = new Map<string, number>();
  const settled = new Set<string>();
  for (const entry of journal) {
    if (
      entry.type !== 'step.started' &&
      entry.type !== 'step.succeeded' &&
      entry.type !== 'step.failed' &&
      entry.type !== 'step.unknown'
    )
      continue;
    const side = `${entry.direction} ${instanceId(entry)}`;
    if (entry.type === 'step.started') {
      if (inFlight.has(side)) yield `attempt ${entry.attempt} of ${side} began before the one before it was settled`;
      if (settled.has(side)) yield `${side} was tried again after its terminal outcome`;
      inFlight.set(side, entry.attempt);
      continue;
    }
    inFlight.delete(side);
    const terminal = entry.type === 'step.succeeded' || entry.retryAt === null;
    const late = entry.type === 'step.succeeded' && entry.late === true;
    if (terminal && !late && settled.has(side)) yield `${side} has two terminal outcomes`;
    if (terminal) settled.add(side);
  }
}

const UNDO_OF: Readonly<Record<string, string>> = { release: 'reserve', refund: 'charge', 'cancel-shipment': 'ship' };

/** Operations that took place and were not undone, in the order of the saga; and a note when the amounts disagree. */
function balanceOf(rows: readonly ShopRow[]): string {
  const standing = new Set<string>();
  const sum = { stock: 0, money: 0, parcels: 0 };
  for (const row of rows) {
    if (row.result !== 'applied' && row.result !== 'lost') continue;
    sum.stock += row.stock;
    sum.money += row.money;
    sum.parcels += row.parcels;
    const undone = UNDO_OF[row.operation];
    if (undone === undefined) standing.add(row.operation);
    else standing.delete(undone);
  }
  const text = ['reserve', 'charge', 'ship'].filter((operation) => standing.has(operation)).join(' ');
  const nets = sum.stock === 0 && sum.money === 0 && sum.parcels === 0;
  return text === '' && !nets ? `nothing, yet ${JSON.stringify(sum)}` : text;
}

function readLedger(file: string): ShopRow[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const row = demoShopLedgerRowSchema.safeParse(JSON.parse(line));
      return row.success ? [row.data] : [];
    });
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
