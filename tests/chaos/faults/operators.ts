/** What operators do in the middle of things: cancel, undo, publish; and doors that break. */
import { setTimeout as delay } from 'node:timers/promises';
import { deleteEndedRuns } from '@sagawright/shared/server';
import { between, shuffled } from '../random-order.js';
import type { Fault, FaultWorld } from './fault.js';

const TIDY_MS = 4000;

async function runsThat({ stage, random }: FaultWorld, where: string, atMost: number): Promise<string[]> {
  const { rows } = await stage.db.pool.query<{ id: string }>(
    `SELECT id FROM run WHERE ${where} AND parent_run_id IS NULL ORDER BY created_at DESC LIMIT 60`,
  );
  return shuffled(rows, random)
    .slice(0, atMost)
    .map(({ id }) => id);
}

/** @returns how many were accepted; the doors may be shut, or somebody was quicker */
async function request({ stage }: FaultWorld, ids: readonly string[], what: 'cancel' | 'undo'): Promise<number> {
  const answers = await Promise.all(
    ids.map((id) => stage.door.ask('POST', `/runs/${id}/${what}`, { reason: 'chaos' }).catch(() => null)),
  );
  return answers.filter((answer) => answer?.status === 202).length;
}

export const OPERATOR_FAULTS: Readonly<Record<string, Fault>> = {
  'cancel-racing': {
    about: 'runs are cancelled while they start, work, wait, are undone or end',
    inject: async (world) => request(world, await runsThat(world, 'ended_at IS NULL', 4), 'cancel'),
  },
  'undo-finished': {
    about: 'finished runs are undone, with the children that they called',
    inject: async (world) => request(world, await runsThat(world, `status = 'completed'`, 3), 'undo'),
  },
  'retention-during-undo': {
    about:
      'runs that were called are deleted as soon as they end, as far as retention lets them, while callers are undone',
    inject: async (world) => {
      const { stage, cast } = world;
      const keepNothing = JSON.stringify({ completedDays: 0, failedDays: 0 });
      const keep = (policy: string | null): Promise<unknown> =>
        stage.db.pool.query('UPDATE workflow SET retention = $2 WHERE id = $1', [cast.child, policy]);
      await keep(keepNothing);
      const callers = `status = 'completed' AND EXISTS (SELECT FROM run c WHERE c.parent_run_id = run.id)`;
      const undone = await request(world, await runsThat(world, callers, 4), 'undo');
      const until = performance.now() + TIDY_MS;
      while (performance.now() < until) {
        await stage.db.transaction((client) => deleteEndedRuns(client, cast.child, 1000)).catch(() => undefined);
        await delay(50);
      }
      await keep(null);
      return undone;
    },
  },
  'publish-under-load': {
    about: 'a new version of a workflow goes live while runs of the old ones are on their way',
    inject: async ({ stage, cast, random }) => {
      const plan = cast.plans[between(0, cast.plans.length, random)];
      if (plan === undefined) return 0;
      const published = await stage.door.publishAgain(plan.id, plan.graph).catch(() => false);
      await delay(300);
      return published ? 1 : 0;
    },
  },
  'backend-kill': {
    about: '`kill -9` of the backend, and a new process in its place; callers send again what was not answered',
    inject: async ({ stage }) => {
      await stage.killBackend();
      return 1;
    },
  },
};
