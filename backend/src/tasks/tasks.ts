/**
 * Tasks: what runs ask of people. Whether an answer is acceptable is said by the same function that the run's owner uses, on
 * the same journal, so that whoever answers hears of it at once. The row and the word to the run are one commit.
 */
import type { Task } from '@sagawright/shared/contracts';
import { FailureError } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import { answerWait } from '@sagawright/shared/saga';
import { appendAudit, completeTask, findTask, listTasks, reassignTask } from '@sagawright/shared/server';
import type { Database, Doorbell, TaskRow, TaskStatus } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { readCursor, writeCursor } from '../door/cursor.js';
import { Refusal } from '../refusal.js';
import { readStory } from '../runs/run-story.js';
import { inboxNames, mayComplete } from './inbox-names.js';

export interface TaskQuery {
  readonly status?: TaskStatus | undefined;
  readonly mine: 'true' | 'false';
  readonly workflowId?: string | undefined;
  readonly runId?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Answer {
  readonly outcome: string;
  readonly comment: string;
  readonly data: Json;
}

export class Tasks {
  constructor(
    private readonly database: Database,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
  ) {}

  async list(caller: Caller, query: TaskQuery): Promise<{ items: Task[]; nextCursor: string | null }> {
    const after = readCursor(query.cursor);
    const rows = await listTasks(
      this.database.pool,
      caller.workspaceId,
      {
        status: query.status ?? null,
        workflowId: query.workflowId ?? null,
        runId: query.runId ?? null,
        assignees: query.mine === 'true' ? inboxNames(caller) : null,
      },
      { after: after && { createdAtMicros: after.micros, id: after.id }, limit: query.limit + 1 },
    );
    const shown = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? shown.at(-1) : undefined;
    return {
      items: shown.map((row) => viewOf(caller, row)),
      nextCursor: last === undefined ? null : writeCursor(last.createdAtMicros, last.id),
    };
  }

  /** @throws Refusal `task.not-found` */
  async get(caller: Caller, id: string): Promise<Task> {
    return viewOf(caller, await this.find(caller, id));
  }

  /**
   * @throws Refusal `task.not-found`, `task.not-yours`, `task.completed`, `task.withdrawn`, `task.outcome-unknown`,
   *   `task.comment-required`, `task.form`
   */
  async complete(caller: Caller, id: string, answer: Answer): Promise<Task> {
    const task = await this.findOpen(caller, id);
    const completion = { ...(await this.accepted(caller, task, answer)), by: caller.actor };
    const woken = await this.database.transaction(async (sql) => {
      const reached = await completeTask(sql, caller.workspaceId, id, completion);
      if (reached === null) return null;
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'task.complete',
        subject: `task:${id}`,
        details: { run: task.runId, outcome: completion.outcome },
      });
      return reached;
    });
    if (woken === null) {
      await this.findOpen(caller, id);
      throw withdrawn();
    }
    this.doorbell.ring(woken.shard);
    return this.get(caller, id);
  }

  /** @throws Refusal `task.not-found`, `task.not-yours`, `task.completed`, `task.withdrawn` */
  async reassign(caller: Caller, id: string, assignees: readonly string[], reason: string): Promise<Task> {
    const task = await this.findOpen(caller, id);
    const reassigned = await this.database.transaction(async (sql) => {
      if (!(await reassignTask(sql, caller.workspaceId, id, assignees))) return false;
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'task.reassign',
        subject: `task:${id}`,
        details: { run: task.runId, from: task.assignees, to: assignees, reason },
      });
      return true;
    });
    if (!reassigned) {
      await this.findOpen(caller, id);
      throw withdrawn();
    }
    return this.get(caller, id);
  }

  private async find(caller: Caller, id: string): Promise<TaskRow> {
    const task = await findTask(this.database.pool, caller.workspaceId, id);
    if (task === null) throw new Refusal('task.not-found', 'There is no such task in this workspace.');
    return task;
  }

  private async findOpen(caller: Caller, id: string): Promise<TaskRow> {
    const task = await this.find(caller, id);
    if (!mayComplete(caller, task.assignees)) {
      throw new Refusal(
        'task.not-yours',
        'The task is given to others; ask one of them, or have it given to you by them or an owner of the workspace.',
        { context: { assignees: task.assignees } },
      );
    }
    if (task.status === 'withdrawn') throw withdrawn();
    if (task.status === 'open') return task;
    const { outcome, completedBy, completedAt } = task;
    throw new Refusal(
      'task.completed',
      `${completedBy?.name ?? 'Somebody'} has answered this task already (${outcome ?? ''}); the first answer counts.`,
      { context: { outcome, by: completedBy?.name ?? null, at: completedAt?.toISOString() ?? null } },
    );
  }

  /** The answer as the run will take it. */
  private async accepted(
    caller: Caller,
    { runId, instance, arm }: TaskRow,
    { outcome, comment, data }: Answer,
  ): Promise<{ outcome: string; comment: string | null; data: Json }> {
    const { definition, state } = await readStory(this.database.pool, caller.workspaceId, runId);
    const said = { outcome, comment: comment.trim() === '' ? null : comment, data };
    const answer = { kind: 'task', instance, arm, by: caller.actor, ...said } as const;
    const entry = await answerWait(definition, state, answer, evaluateNothing, Date.now());
    if (entry.ok) return said;
    if (entry.error.code === 'wait.not-open') throw withdrawn();
    throw new FailureError(entry.error);
  }
}

/** An answer to a task holds values only. */
const evaluateNothing = () => Promise.reject(new Error('An answer to a task has nothing to evaluate; this is a bug.'));

function withdrawn(): Refusal {
  return new Refusal(
    'task.withdrawn',
    'The run has gone on without this answer; look at the run for what has happened.',
  );
}

function viewOf(caller: Caller, row: TaskRow): Task {
  const { outcome, completedAt, completedBy } = row;
  return {
    id: row.id,
    runId: row.runId,
    workflowId: row.workflowId,
    workflowName: row.workflowName,
    instance: row.instance,
    title: row.title,
    instructions: row.instructions,
    assignees: [...row.assignees],
    form: row.form,
    outcomes: [...row.outcomes],
    status: row.status,
    createdAt: row.createdAt.toISOString(),
    dueAt: row.dueAt?.toISOString() ?? null,
    mayComplete: row.status === 'open' && mayComplete(caller, row.assignees),
    completed:
      outcome === null || completedAt === null || completedBy === null
        ? null
        : { at: completedAt.toISOString(), by: completedBy, outcome, comment: row.comment ?? '', data: row.data },
  };
}
