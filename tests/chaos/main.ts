/**
 * The chaos suite: real processes, real servers, a participant with a ledger, a load, a schedule of faults that the seed
 * decides, and a checker. Usage: main.js [--runs N] [--seed S] [--faults kill,flushall,...] [--workers N] [--no-redis]
 */
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@sagawright/shared/kernel';
import { insertEventsAndRuns, createDoorbell } from '@sagawright/shared/server';
import { ingestRequest, publishWorkflow } from '@sagawright/shared/testing';
import { judge } from './checker.js';
import type { StartedRun } from './checker.js';
import { FAULTS, FAULT_NAMES, MISCHIEF } from './faults.js';
import type { FaultName, FaultWorld } from './faults.js';
import { orderSaga } from './order-saga.js';
import { between, shuffled } from './random-order.js';
import { Stage } from './stage.js';

const LEASE_MS = 1500;
/** Runs are started at this pace, so that faults meet runs at every point of their way. */
const FEED_EVERY_MS = 100;
const FEED_FOR_MS = 10_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: FAULT_NAMES.join(',') },
    workers: { type: 'string', default: '2' },
    'no-redis': { type: 'boolean', default: false },
    'keep-logs': { type: 'boolean', default: false },
  },
});
const runs = wholeNumber('runs', values.runs, 1);
const workers = wholeNumber('workers', values.workers, 1);
const random = seededRandom(wholeNumber('seed', values.seed, 0));
const chosen = chosenFaults(values.faults);

const saga = orderSaga();
const stage = await Stage.set({ workers, leaseMs: LEASE_MS, redis: !values['no-redis'] });
const held = await storm().finally(() => stage.close());
process.exit(held ? 0 : 1);

async function storm(): Promise<boolean> {
  const began = performance.now();
  const workflow = await publishWorkflow(stage.db.pool, saga);
  const doorbell = createDoorbell({
    redisUrls: stage.redisUrl === null ? null : [stage.redisUrl],
    databaseUrl: stage.db.url,
  });
  const started: StartedRun[] = [];
  const world: FaultWorld = { stage, random, leaseMs: LEASE_MS };
  const injected: Record<string, number> = {};

  const feed = async (): Promise<void> => {
    const batch = Math.ceil(runs / (FEED_FOR_MS / FEED_EVERY_MS));
    while (started.length < runs) {
      const orders = Array.from(
        { length: Math.min(batch, runs - started.length) },
        (_, n) => `order-${started.length + n + 1}`,
      );
      const requests = orders.map((orderId) => ingestRequest(workflow, { orderId }));
      // What a caller does who got no answer: the same delivery again. Ingest knows it by its event id (I1).
      const answers = await persistently(() => insertEventsAndRuns(stage.db.pool, requests));
      answers.forEach(({ runId }, index) => started.push({ id: runId, orderId: orders[index] ?? '' }));
      doorbell.ring(0);
      await delay(FEED_EVERY_MS);
    }
  };

  let calm = false;
  const faults = async (): Promise<void> => {
    let bag: FaultName[] = [];
    while (!calm && chosen.length > 0) {
      await delay(between(300, 900, random));
      if (bag.length === 0) bag = shuffled(chosen, random);
      const name = bag.pop();
      if (name === undefined) continue;
      await FAULTS[name](world);
      injected[name] = (injected[name] ?? 0) + 1;
    }
  };
  const mischief = async (): Promise<void> => {
    const kinds = Object.values(MISCHIEF);
    while (!calm) {
      await delay(between(100, 400, random));
      const kind = kinds[between(0, kinds.length, random)];
      await kind?.(world);
    }
  };

  const trouble = Promise.all([faults(), mischief()]);
  await feed();
  // The last runs started get their share of faults too.
  await delay(2500);
  calm = true;
  await trouble;
  const quietAfter = performance.now();
  const deadline = quietAfter + 60_000 + runs * 20;
  while ((await unfinished()) > 0 && performance.now() < deadline) await delay(100);
  const recovery = performance.now() - quietAfter;
  await doorbell.close();

  const verdict = await judge(stage.db, saga, started, stage.ledgerFile);
  for (const complaint of verdict.complaints.slice(0, 30)) console.error(`chaos: ${complaint}`);
  const { lost, orphaned, doubled, unbalanced, broken, outcomes, repeated } = verdict;
  console.log(
    `chaos: seed ${values.seed}, ${Math.round(performance.now() - began)} ms in all, ${Math.round(recovery)} ms from the last fault to the last run's end`,
  );
  const unharmed = chosen.filter((name) => injected[name] === undefined);
  if (unharmed.length > 0)
    console.log(`chaos: not injected this time: ${unharmed.join(', ')}; the storm was too short`);
  console.log(
    `chaos: faults ${JSON.stringify(injected)}, outcomes ${JSON.stringify(outcomes)}, repeated calls (same key) ${repeated}, broken journals ${broken}`,
  );
  console.log(
    `chaos: runs=${started.length} lost=${lost} orphaned=${orphaned} doubled=${doubled} unbalanced=${unbalanced}`,
  );
  const tested = chosen.length === 0 || unharmed.length < chosen.length;
  return lost + orphaned + doubled + unbalanced + broken === 0 && started.length === runs && tested;
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && text.trim() !== '') return number;
  refuse(`--${name} takes a whole number from ${least} on, not "${text}"`);
}

/** `none` = only what participants do by themselves. */
function chosenFaults(text: string): FaultName[] {
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !FAULT_NAMES.some((known) => known === name));
  if (unknown.length === 0) return FAULT_NAMES.filter((name) => names.includes(name));
  refuse(`there is no fault "${unknown.join('", "')}"; --faults takes "none", or some of ${FAULT_NAMES.join(',')}`);
}

function refuse(reason: string): never {
  console.error(`chaos: ${reason}`);
  process.exit(2);
}

async function unfinished(): Promise<number> {
  const { rows } = await persistently(() =>
    stage.db.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM run WHERE ended_at IS NULL AND status <> 'blocked'`,
    ),
  );
  return rows[0]?.count ?? 0;
}

/** The database may be restarting at this very moment. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= 100) throw error;
      await delay(100);
    }
  }
}
