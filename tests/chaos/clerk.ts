/**
 * The people of the storm. A clerk answers tasks through the doors, sometimes twice; an operator resolves incidents: an undo
 * that fails for good is healed and tried again, or done by hand and said so; all else is tried again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@sagawright/shared/kernel';
import type { Resolution } from '@sagawright/shared/saga';
import { loadJournals } from '@sagawright/shared/server';
import { post } from './faults/participant.js';
import type { Stage } from './stage.js';

const REJECTED = 0.1;
const TWICE = 0.2;
const EVERY_MS = 250;

export interface Clerk {
  /** Answers that the doors took, by task. */
  readonly accepted: ReadonlyMap<string, string>;
  readonly resolved: () => number;
  stop(): Promise<void>;
}

export function hireClerk(stage: Stage, random: Random): Clerk {
  const accepted = new Map<string, string>();
  let resolved = 0;
  let stopped = false;

  const answer = async (task: string): Promise<void> => {
    const outcomes = random() < REJECTED ? ['reject', 'approve'] : ['approve', 'reject'];
    const answers = await Promise.all(
      outcomes.slice(0, random() < TWICE ? 2 : 1).map(async (outcome) => ({
        outcome,
        // An answer that is lost on the way is not sent again: nobody knows whether it counts.
        told: await stage.door.ask('POST', `/tasks/${task}/complete`, { outcome }).catch(() => null),
      })),
    );
    const taken = answers.filter(({ told }) => told?.status === 200);
    if (taken.length > 1) accepted.set(task, 'both');
    else if (taken[0] !== undefined) accepted.set(task, taken[0].outcome);
  };

  const tasks = async (): Promise<void> => {
    const { body } = await stage.door.ask('GET', '/tasks?status=open&limit=100');
    const { items } = body as { items: { id: string }[] };
    await Promise.all(items.map(({ id }) => answer(id)));
  };

  const incidents = async (): Promise<void> => {
    const { rows } = await stage.db.pool.query<{ run_id: string; id: string; direction: string }>(
      'SELECT run_id, id, direction FROM incident WHERE resolved_at IS NULL LIMIT 50',
    );
    for (const { run_id: run, id, direction } of rows) {
      const resolution = await resolutionFor(run, id, direction);
      const path = `/runs/${run}/incidents/${encodeURIComponent(id)}/resolve`;
      const told = await stage.door.ask('POST', path, { resolution, reason: 'chaos' });
      if (told.status === 202) resolved += 1;
    }
  };

  const resolutionFor = async (run: string, incident: string, direction: string): Promise<Resolution> => {
    const journal = (await loadJournals(stage.db.pool, [run])).get(run) ?? [];
    const opened = journal.find((entry) => entry.type === 'incident.opened' && entry.incident === incident);
    const asked = journal.findLast(
      (entry) =>
        entry.type === 'step.started' &&
        entry.direction === 'undo' &&
        opened?.type === 'incident.opened' &&
        entry.step === opened.step &&
        entry.path === opened.path,
    );
    const input = asked?.type === 'step.started' ? (asked.input['body'] as { effect?: string } | undefined) : undefined;
    if (direction !== 'undo' || input?.effect === undefined) return { kind: 'retry' };
    if (random() < 0.5) {
      await post(stage, '/heal', { effect: input.effect });
      return { kind: 'retry' };
    }
    await post(stage, '/by-hand', { effect: input.effect });
    return { kind: 'done', note: 'Undone by hand.' };
  };

  const work = async (): Promise<void> => {
    while (!stopped) {
      for (const duty of [tasks, incidents]) {
        try {
          await duty();
        } catch {
          // The doors are shut for the moment, or the database is away: people come back later.
        }
      }
      await delay(EVERY_MS);
    }
  };
  const working = work();
  return {
    accepted,
    resolved: () => resolved,
    stop: async () => {
      stopped = true;
      await working;
    },
  };
}
