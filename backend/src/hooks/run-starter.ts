/** Runs started by hand or through the API: the same way in as webhooks, so the same promises hold. */
import type { Json } from '@sagawright/shared/kernel';
import { findWorkflow, listTriggers, sha256, uuidv7 } from '@sagawright/shared/server';
import type { Queryable, TriggerRow } from '@sagawright/shared/server';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';
import type { Ingest } from './ingest.js';

export interface StartWish {
  /** Node id of the trigger; absent = the only manual one, or the only one at all. */
  readonly trigger?: string | undefined;
  readonly data: Json;
  readonly idempotencyKey?: string | undefined;
  /** 0 to 9; absent = the workflow's. */
  readonly priority?: number | undefined;
}

export class RunStarter {
  constructor(
    private readonly sql: Queryable,
    private readonly ingest: Ingest,
    private readonly publicUrl: string,
  ) {}

  /** @throws Refusal `workflow.not-found`, `workflow.not-published`, `trigger.not-found`, `idempotency.mismatch`, `ingest.busy` */
  async start(
    caller: Caller,
    workflowId: string,
    wish: StartWish,
  ): Promise<{ runId: string; url: string; duplicate: boolean }> {
    const trigger = await this.findTrigger(caller, workflowId, wish.trigger);
    const raw = Buffer.from(JSON.stringify(wish.data));
    const answer = await this.ingest.start({
      runId: uuidv7(),
      workspaceId: caller.workspaceId,
      workflowId,
      versionId: trigger.versionId,
      triggerId: trigger.id,
      triggerNode: trigger.nodeId,
      ...(wish.priority === undefined ? {} : { priority: wish.priority }),
      event: {
        source: `/workflows/${workflowId}/triggers/${trigger.nodeId}`,
        eventId: wish.idempotencyKey ?? uuidv7(),
        type: 'run.requested',
        subject: null,
        time: new Date().toISOString(),
        contentHash: sha256(raw),
        contentType: 'application/json',
        raw,
        data: wish.data,
        headers: {},
        receipt: null,
      },
    });
    if (!answer.sameContent) {
      throw new Refusal(
        'idempotency.mismatch',
        `The Idempotency-Key was used before with other data, for run ${answer.runId}; use a new key.`,
        {
          context: { runId: answer.runId },
        },
      );
    }
    return { runId: answer.runId, url: `${this.publicUrl}/runs/${answer.runId}`, duplicate: answer.duplicate };
  }

  private async findTrigger(
    caller: Caller,
    workflowId: string,
    nodeId: string | undefined,
  ): Promise<TriggerRow & { versionId: string }> {
    const workflow = await findWorkflow(this.sql, caller.workspaceId, workflowId);
    if (workflow === null)
      throw new Refusal('workflow.not-found', 'There is no such workflow in this workspace, or it is archived.');
    if (workflow.publishedNumber === null)
      throw new Refusal('workflow.not-published', 'Publish the workflow before you start it.');
    // A caller who may start runs needs no signature: a webhook trigger can be started by hand as well, to run it again.
    const live = (await listTriggers(this.sql, caller.workspaceId, workflowId)).filter(
      (trigger): trigger is TriggerRow & { versionId: string } => trigger.versionId !== null,
    );
    const manual = live.filter((trigger) => trigger.kind === 'trigger.manual');
    const unnamed = manual.length > 0 ? manual : live;
    const [first, ...others] = nodeId === undefined ? unnamed : live.filter((trigger) => trigger.nodeId === nodeId);
    if (first === undefined) {
      throw new Refusal(
        'trigger.not-found',
        'The published version has no such trigger; add it to the drawing and publish it.',
      );
    }
    if (others.length > 0) {
      throw new Refusal(
        'trigger.not-found',
        `Name one of the triggers: ${live.map((trigger) => trigger.nodeId).join(', ')}.`,
      );
    }
    return first;
  }
}
