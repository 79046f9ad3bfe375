import { Controller } from '@nestjs/common';
import { retentionRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, WorkflowRetention, WorkspaceRetention } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { Retention } from './retention.js';

type In<K extends keyof typeof retentionRoutes> = RouteRequest<(typeof retentionRoutes)[K]>;

@Controller()
export class RetentionController {
  constructor(private readonly retention: Retention) {}

  @Contract(retentionRoutes.getRetention)
  async getRetention(@Input() _input: In<'getRetention'>, @From() caller: Caller): Promise<WorkspaceRetention> {
    return this.retention.ofWorkspace(caller);
  }

  @Contract(retentionRoutes.setRetention)
  async setRetention(@Input() { body }: In<'setRetention'>, @From() caller: Caller): Promise<WorkspaceRetention> {
    return this.retention.setOfWorkspace(caller, body);
  }

  @Contract(retentionRoutes.getWorkflowRetention)
  async getWorkflowRetention(
    @Input() { params }: In<'getWorkflowRetention'>,
    @From() caller: Caller,
  ): Promise<WorkflowRetention> {
    return this.retention.ofWorkflow(caller, params.id);
  }

  @Contract(retentionRoutes.setWorkflowRetention)
  async setWorkflowRetention(
    @Input() { params, body }: In<'setWorkflowRetention'>,
    @From() caller: Caller,
  ): Promise<WorkflowRetention> {
    return this.retention.setOfWorkflow(caller, params.id, body);
  }
}
