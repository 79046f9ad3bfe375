/** Letting the runs of a workflow, or of the whole workspace, stand still and go on; each change is told in the audit log. */
import type { Workspace } from '@sagawright/shared/contracts';
import {
  appendAudit,
  pausesOf,
  pauseWorkflow,
  pauseWorkspace,
  resumeWorkflow,
  resumeWorkspace,
} from '@sagawright/shared/server';
import type { Database, Doorbell } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';

type Sql = Parameters<typeof appendAudit>[0];

export class Pauses {
  constructor(
    private readonly database: Database,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly shards: number,
  ) {}

  async workspace(caller: Caller): Promise<Workspace> {
    return this.read(this.database.pool, caller);
  }

  /** Archived workflows too: their runs go on as well. @throws Refusal `workflow.not-found` */
  async pauseWorkflow(caller: Caller, id: string): Promise<{ pausedAt: string | null }> {
    const known = (sql: Sql) => pauseWorkflow(sql, caller.workspaceId, id);
    return this.ofWorkflow(await this.change(caller, 'workflow.pause', `workflow:${id}`, known), id);
  }

  /** @throws Refusal `workflow.not-found` */
  async resumeWorkflow(caller: Caller, id: string): Promise<{ pausedAt: string | null }> {
    const known = (sql: Sql) => resumeWorkflow(sql, caller.workspaceId, id);
    const after = await this.change(caller, 'workflow.resume', `workflow:${id}`, known);
    this.ring();
    return this.ofWorkflow(after, id);
  }

  async pauseWorkspace(caller: Caller): Promise<Workspace> {
    const { workspaceId } = caller;
    const subject = `workspace:${workspaceId}`;
    return this.change(caller, 'workspace.pause', subject, (sql) => pauseWorkspace(sql, workspaceId));
  }

  async resumeWorkspace(caller: Caller): Promise<Workspace> {
    const { workspaceId } = caller;
    const subject = `workspace:${workspaceId}`;
    const after = await this.change(caller, 'workspace.resume', subject, (sql) => resumeWorkspace(sql, workspaceId));
    this.ring();
    return after;
  }

  /** Told once: whoever pauses what is paused changes nothing. */
  private async change(
    caller: Caller,
    action: string,
    subject: string,
    set: (sql: Sql) => Promise<boolean>,
  ): Promise<Workspace> {
    return this.database.transaction(async (sql) => {
      const before = await this.read(sql, caller);
      if (!(await set(sql))) {
        throw new Refusal('workflow.not-found', 'There is no such workflow in this workspace.');
      }
      const after = await this.read(sql, caller);
      if (JSON.stringify(before) !== JSON.stringify(after)) {
        await appendAudit(sql, caller.workspaceId, { actor: auditActor(caller), action, subject, details: {} });
      }
      return after;
    });
  }

  private async read(sql: Sql, caller: Caller): Promise<Workspace> {
    const { workspace, workflows } = await pausesOf(sql, caller.workspaceId);
    return {
      id: caller.workspaceId,
      pausedAt: workspace?.toISOString() ?? null,
      pausedWorkflows: workflows.map(({ id, pausedAt }) => ({ id, pausedAt: pausedAt.toISOString() })),
    };
  }

  private ofWorkflow({ pausedWorkflows }: Workspace, id: string): { pausedAt: string | null } {
    return { pausedAt: pausedWorkflows.find((paused) => paused.id === id)?.pausedAt ?? null };
  }

  private ring(): void {
    for (let shard = 0; shard < this.shards; shard += 1) this.doorbell.ring(shard);
  }
}
