/** Workers that die, freeze, choke, run out of memory or leave in good order, anywhere and at named places. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { between, shuffled } from '../random-order.js';
import type { Fault, FaultWorld } from './fault.js';
import { OPERATOR_FAULTS } from './operators.js';

/** How long an armed worker is given to come by its place. */
const PATIENCE_MS = 15_000;
/** A machine with much else to do starts a process slowly. */
const START_PATIENCE_MS = 60_000;
const DRAIN_PATIENCE_MS = 40_000;

/** Places of workers/src/failpoint.ts, how often one is passed before it counts, and what makes a worker come by a rare one. */
const PLACES: Readonly<Record<string, { readonly upTo: number; readonly provoke?: (world: FaultWorld) => void }>> = {
  'after-registration': { upTo: 1 },
  'before-claim-load': { upTo: 5 },
  'after-claim-load': { upTo: 5 },
  'before-commit': { upTo: 8 },
  'after-commit-before-doorbell': { upTo: 8 },
  'in-unknown-commit': {
    upTo: 2,
    provoke: ({ stage }) => stage.links?.['worker-postgres'].swallowAnswersTo('run-commit', 2),
  },
  'in-sweep': { upTo: 3 },
  'in-give-back': {
    upTo: 1,
    provoke: ({ stage }) => stage.links?.['worker-postgres'].swallowAnswersTo('run-claim', 2),
  },
  'after-early-events': { upTo: 2 },
  'after-let-in': { upTo: 2 },
  'after-fire': { upTo: 1 },
  'in-drain': { upTo: 1 },
  'after-intent': { upTo: 8 },
  'in-effect': { upTo: 8 },
  'after-effect-before-commit': { upTo: 8 },
  'after-outcome-commit': { upTo: 8 },
  'after-commit-before-park': { upTo: 6 },
  'after-park': { upTo: 6 },
  'after-end': { upTo: 4 },
  'before-takeover-commit': { upTo: 3, provoke: (world) => void killOther(world).catch(() => undefined) },
  'after-signal-before-commit': { upTo: 4 },
  'after-slot-before-commit': { upTo: 2 },
  'before-child-start': { upTo: 3 },
  'after-child-start': { upTo: 3 },
  'before-publish': { upTo: 2 },
  'after-publish': { upTo: 2 },
  'after-child-undo': {
    upTo: 1,
    provoke: (world) => void OPERATOR_FAULTS['undo-finished']?.inject(world).catch(() => undefined),
  },
};
export const FAILPOINT_NAMES = Object.keys(PLACES);

const any = ({ stage, random }: FaultWorld): number => between(0, stage.workerCount, random);

let armedIndex = 0;

async function killOther({ stage }: FaultWorld): Promise<void> {
  if (stage.workerCount > 1) await stage.killWorker((armedIndex + 1) % stage.workerCount);
}

/** Somebody with a lease: before that a worker holds nothing, and a signal simply ends it. Null when nobody gets that far. */
async function someoneAtWork({ stage, random }: FaultWorld): Promise<{ index: number; worker: ChildProcess } | null> {
  const deadline = performance.now() + START_PATIENCE_MS;
  while (performance.now() < deadline) {
    const { rows } = await stage.db.pool
      .query<{ pid: number }>('SELECT pid FROM worker WHERE lease_until > now()')
      .catch(() => ({ rows: [] }));
    const indexes = Array.from({ length: stage.workerCount }, (_, index) => index);
    for (const index of shuffled(indexes, random)) {
      const worker = stage.worker(index);
      if (worker !== null && !isGone(worker) && rows.some(({ pid }) => pid === worker.pid)) return { index, worker };
    }
    await delay(100);
  }
  return null;
}

function isGone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A worker that does something to itself at a named place; `counts` says whether it has come about. */
async function atPlace(
  world: FaultWorld,
  place: string,
  action: string,
  counts: (worker: ChildProcess) => Promise<number>,
): Promise<number> {
  const { stage, random } = world;
  const { upTo, provoke } = PLACES[place] ?? { upTo: 4 };
  const found = await someoneAtWork(world);
  if (found === null) return 0;
  const { index, worker } = found;
  armedIndex = index;
  stage.mind(index, true);
  const provoking = provoke === undefined ? null : setInterval(() => provoke(world), 1500);
  try {
    stage.arm(worker, `${place}:${between(1, upTo + 1, random)}:${action}`);
    if (place === 'in-drain') worker.kill('SIGTERM');
    return await counts(worker);
  } finally {
    if (provoking !== null) clearInterval(provoking);
    stage.links?.['worker-postgres'].mend();
    stage.arm(worker, '');
    await goesOn(worker);
    if (isGone(worker) || place === 'in-drain') await stage.killWorker(index);
    stage.mind(index, false);
  }
}

/** It dies as soon as it has its lease; the place can only be armed before the start. */
async function atRegistration(world: FaultWorld): Promise<number> {
  const { stage } = world;
  const index = any(world);
  stage.mind(index, true);
  try {
    const worker = await stage.killWorker(index, { FAILPOINT: 'after-registration' });
    return await died(worker, START_PATIENCE_MS);
  } finally {
    await stage.killWorker(index);
    stage.mind(index, false);
  }
}

async function died(worker: ChildProcess, patienceMs = PATIENCE_MS): Promise<number> {
  if (!isGone(worker)) await Promise.race([once(worker, 'exit'), delay(patienceMs)]);
  return worker.signalCode === null && (worker.exitCode ?? 0) < 128 ? 0 : 1;
}

/** One that came by its place in the last moment stands still, and nobody waits for that any more. */
async function goesOn(worker: ChildProcess): Promise<void> {
  for (let looks = 0; looks < 10 && !isGone(worker); looks += 1) {
    if (stateOf(worker) === 'T') worker.kill('SIGCONT');
    await delay(50);
  }
}

/** It stands still for longer than its lease, then goes on believing that nothing happened. */
async function stoodStill({ stage, leaseMs }: FaultWorld, worker: ChildProcess): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && worker.exitCode === null) {
    if (stateOf(worker) === 'T') {
      stage.arm(worker, '');
      await delay(leaseMs * 1.6);
      worker.kill('SIGCONT');
      await delay(700);
      return 1;
    }
    await delay(20);
  }
  return 0;
}

function stateOf({ pid }: ChildProcess): string {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Its lease ran out while it could not move: the same process goes on under a new incarnation. */
async function beganAnew({ stage }: FaultWorld, worker: ChildProcess): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS * 1.5;
  const seen = new Set<string>();
  while (performance.now() < deadline && seen.size < 2) {
    const { rows } = await stage.db.pool
      .query<{ incarnation: string }>('SELECT incarnation FROM worker WHERE pid = $1', [worker.pid])
      .catch(() => ({ rows: [] }));
    for (const { incarnation } of rows) seen.add(incarnation);
    await delay(100);
  }
  return seen.size > 1 ? 1 : 0;
}

const dying = (place: string): [string, Fault] => [
  `die-${place}`,
  {
    about: `a worker dies by its own hand at \`${place}\`, and a new process comes in its place`,
    inject: (world) => (place === 'after-registration' ? atRegistration(world) : atPlace(world, place, 'die', died)),
  },
];

const stopping = (place: string): [string, Fault] => [
  `zombie-${place}`,
  {
    about: `a worker is stopped at \`${place}\` for longer than its lease, then goes on as if nothing had happened`,
    inject: (world) => atPlace(world, place, 'stop', (worker) => stoodStill(world, worker)),
  },
];

const blocking = (place: string): [string, Fault] => [
  `block-${place}`,
  {
    about: `the event loop of a worker is blocked at \`${place}\` for one and a half leases`,
    inject: (world) => atPlace(world, place, 'block', (worker) => beganAnew(world, worker)),
  },
];

export const WORKER_FAULTS: Readonly<Record<string, Fault>> = {
  kill: {
    about: '`kill -9` of a worker, and a new process in its place',
    inject: async (world) => {
      await world.stage.killWorker(any(world));
      return 1;
    },
  },
  zombie: {
    about: 'a worker is stopped for one and a half leases wherever it is, then goes on',
    inject: async (world) => {
      const worker = world.stage.worker(any(world));
      worker?.kill('SIGSTOP');
      await delay(world.leaseMs * 1.5);
      worker?.kill('SIGCONT');
      return 1;
    },
  },
  'out-of-memory': {
    about: 'a worker with a small heap fills it and is ended by V8',
    inject: (world) => atPlace(world, 'after-outcome-commit', 'exhaust', died),
  },
  drain: {
    about: 'a worker is told to end in good order (SIGTERM) under load while its successor starts',
    inject: async (world) => {
      const { stage } = world;
      const found = await someoneAtWork(world);
      if (found === null) return 0;
      const { index, worker: leaving } = found;
      const exit = once(leaving, 'exit');
      leaving.kill('SIGTERM');
      stage.startWorker(index);
      await Promise.race([exit, delay(DRAIN_PATIENCE_MS)]);
      if (leaving.exitCode === 0) return 1;
      if (leaving.signalCode !== null) return 0;
      leaving.kill('SIGKILL');
      throw new Error('A worker that was told to end in good order did not.');
    },
  },
  ...Object.fromEntries(FAILPOINT_NAMES.map(dying)),
  ...Object.fromEntries(
    ['before-claim-load', 'before-commit', 'after-intent', 'in-effect', 'after-effect-before-commit'].map(stopping),
  ),
  ...Object.fromEntries(['after-intent', 'after-commit-before-doorbell'].map(blocking)),
};
