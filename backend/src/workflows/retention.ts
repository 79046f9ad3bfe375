/** How long ended runs and events are kept, as owners say; each change is told in the audit log. */
import type { WorkflowRetention, WorkspaceRetention } from '@sagawright/shared/contracts';
import {
  appendAudit,
  setWorkflowRetention,
  setWorkspaceRetention,
  workflowRetention,
  workspaceRetention,
} from '@sagawright/shared/server';
import type { Database } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';

export class Retention {
  constructor(private readonly database: Database) {}

  async ofWorkspace({ workspaceId }: Caller): Promise<WorkspaceRetention> {
    const { runs, events } = await workspaceRetention(this.database.pool, workspaceId);
    return { runs, events: [...events] };
  }

  async setOfWorkspace(caller: Caller, retention: WorkspaceRetention): Promise<WorkspaceRetention> {
    const { workspaceId } = caller;
    await this.database.transaction(async (sql) => {
      await setWorkspaceRetention(sql, workspaceId, retention);
      const subject = `workspace:${workspaceId}`;
      const action = 'workspace.retention';
      await appendAudit(sql, workspaceId, { actor: auditActor(caller), action, subject, details: retention });
    });
    return this.ofWorkspace(caller);
  }

  /** @throws Refusal `workflow.not-found` */
  async ofWorkflow({ workspaceId }: Caller, id: string): Promise<WorkflowRetention> {
    return (await workflowRetention(this.database.pool, workspaceId, id)) ?? notFound();
  }

  /** @throws Refusal `workflow.not-found` */
  async setOfWorkflow(caller: Caller, id: string, { retention }: WorkflowRetention): Promise<WorkflowRetention> {
    const { workspaceId } = caller;
    await this.database.transaction(async (sql) => {
      if (!(await setWorkflowRetention(sql, workspaceId, id, retention))) notFound();
      const row = { action: 'workflow.retention', subject: `workflow:${id}`, details: { retention } };
      await appendAudit(sql, workspaceId, { actor: auditActor(caller), ...row });
    });
    return { retention };
  }
}

function notFound(): never {
  throw new Refusal('workflow.not-found', 'There is no such workflow in this workspace.');
}
