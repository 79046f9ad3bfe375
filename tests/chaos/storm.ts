/** One storm: a load at an even pace, faults in an order that the seed decides, calm, and the checker's verdict. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@sagawright/shared/kernel';
import type { Cast } from './cast.js';
import { judge } from './checker.js';
import type { StartedRun, Verdict } from './checker.js';
import { hireClerk } from './clerk.js';
import { FAULTS } from './faults/index.js';
import type { FaultWorld } from './faults/index.js';
import { behave, post } from './faults/participant.js';
import { between, shuffled } from './random-order.js';
import { runData } from './sagas.js';
import type { Stage } from './stage.js';

export const LEASE_MS = 3000;
const FEED_EVERY_MS = 200;
/** Runs go on being started, a few at a time, until a fault that was chosen has come about. */
const PATIENCE_MS = 120_000;
const TRICKLE = 3;
/** What has not ended by then is lost; a machine that has other things to do takes its time. */
const END_PATIENCE_MS = 240_000;
/** The last runs started get their share of faults too. */
const LAST_FAULTS_MS = 1500;
const AGAIN = 0.1;

export interface StormSettings {
  /** Names the runs apart from those of other storms on the stage. */
  readonly name: string;
  readonly runs: number;
  readonly feedMs: number;
  readonly faults: readonly string[];
  /** Goes on until each fault has come about. */
  readonly untilAll: boolean;
  /** Participants are moody all the time. */
  readonly mischief: boolean;
}

export interface StormReport extends Verdict {
  readonly injected: Readonly<Record<string, number>>;
  /** From the last fault to the last run's end. */
  readonly recoveryMs: number;
  readonly resolvedIncidents: number;
}

export async function storm(stage: Stage, cast: Cast, random: Random, settings: StormSettings): Promise<StormReport> {
  const clerk = hireClerk(stage, random);
  const started: StartedRun[] = [];
  const doubles: string[] = [];
  const injected: Record<string, number> = {};
  const from = await databaseTime(stage);
  let calm = false;
  const world: FaultWorld = {
    stage,
    cast,
    random,
    leaseMs: stage.leaseMs,
    startRun: async (workflow, name, data) => {
      const ref = `${settings.name}-${name}`;
      const { runId } = await stage.door.start(workflow, ref, { ...data, ref });
      started.push({ id: runId, ref });
    },
  };

  const start = async (number: number): Promise<void> => {
    const ref = `${settings.name}-${number}`;
    const plan = cast.plans[between(0, cast.plans.length, random)];
    if (plan === undefined) return;
    const data = runData(ref, random);
    const { runId } = await stage.door.start(plan.id, ref, data);
    started.push({ id: runId, ref });
    if (random() >= AGAIN) return;
    // I1: the same start again gives the same run.
    const again = await stage.door.start(plan.id, ref, data);
    if (again.runId !== runId) doubles.push(`I1: ${ref} was answered with run ${runId}, then with ${again.runId}`);
  };

  let asked = 0;
  const feed = async (): Promise<void> => {
    const perTurn = settings.runs / (settings.feedMs / FEED_EVERY_MS);
    const waiting: Promise<void>[] = [];
    const missing = (): boolean => settings.faults.some((name) => (injected[name] ?? 0) === 0);
    let giveUpAt = Infinity;
    for (let turn = 1; ; turn += 1) {
      if (asked >= settings.runs) {
        giveUpAt = Math.min(giveUpAt, performance.now() + PATIENCE_MS);
        if (!settings.untilAll || !missing() || performance.now() > giveUpAt) break;
      }
      const upTo =
        asked >= settings.runs
          ? turn % TRICKLE === 0
            ? asked + 1
            : asked
          : Math.min(settings.runs, Math.ceil(turn * perTurn));
      while (asked < upTo) waiting.push(start((asked += 1)));
      await delay(FEED_EVERY_MS);
    }
    await Promise.all(waiting);
  };

  const faults = async (): Promise<void> => {
    let bag: string[] = [];
    while (!calm && settings.faults.length > 0) {
      await delay(between(200, 700, random));
      if (bag.length === 0) bag = shuffled(settings.faults, random);
      const name = bag.pop() ?? '';
      try {
        const count = (await FAULTS[name]?.inject(world)) ?? 0;
        injected[name] = (injected[name] ?? 0) + count;
      } catch (error) {
        stage.surprises.push(`${name} went wrong: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };

  const mischief = async (): Promise<void> => {
    while (settings.mischief && !calm) {
      await delay(between(300, 900, random));
      const mode = MISCHIEF[between(0, MISCHIEF.length, random)] ?? 'lose';
      await behave(world, {
        operation: random() < 0.7 ? 'do' : 'undo',
        mode,
        times: between(1, 3, random),
        delayMs: between(100, 2500, random),
      });
    }
  };

  const trouble = Promise.all([faults(), mischief()]);
  await feed();
  await delay(LAST_FAULTS_MS);
  calm = true;
  await trouble;
  await post(stage, '/calm', {});
  const quietAfter = performance.now();
  const to = await databaseTime(stage);
  const deadline = quietAfter + END_PATIENCE_MS;
  while ((await unfinished(stage, cast, to)) > 0 && performance.now() < deadline) await delay(200);
  const recoveryMs = performance.now() - quietAfter;
  await clerk.stop();

  const verdict = await judge({
    db: stage.db,
    started,
    tick: cast.tick,
    span: { from, to },
    ledgerFile: stage.ledgerFile,
    answers: clerk.accepted,
  });
  const surprises = stage.surprises.splice(0);
  return {
    ...verdict,
    doubled: verdict.doubled + doubles.length,
    broken: verdict.broken + surprises.length,
    complaints: [...verdict.complaints, ...doubles, ...surprises],
    injected,
    recoveryMs,
    resolvedIncidents: clerk.resolved(),
  };
}

const MISCHIEF = ['refuse', 'lose', 'slow', 'fail', 'error-after'] as const;

/** The clock goes on starting runs of its own; those of the calm are not waited for. */
async function unfinished(stage: Stage, cast: Cast, to: number): Promise<number> {
  return await persistently(async () => {
    const { rows } = await stage.db.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM run r JOIN event e ON e.position = r.event_position
       WHERE r.ended_at IS NULL AND NOT (r.workflow_id = $1 AND e.time > to_timestamp($2::float8 / 1000))`,
      [cast.tick, to],
    );
    const { rows: due } = await stage.db.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM schedule WHERE next_at < to_timestamp($1::float8 / 1000)`,
      [to],
    );
    return (rows[0]?.count ?? 0) + (due[0]?.count ?? 0);
  });
}

async function databaseTime(stage: Stage): Promise<number> {
  return await persistently(async () => {
    const { rows } = await stage.db.pool.query<{ now: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    return rows[0]?.now ?? 0;
  });
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
