import { Controller, Res } from '@nestjs/common';
import { workflowRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { RunReply } from '../hooks/run-reply.js';
import { RunStarter } from '../hooks/run-starter.js';
import { Contract, Input } from '../door/contract.js';
import { Pauses } from './pauses.js';
import { Workflows } from './workflows.js';

type Routes = typeof workflowRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class WorkflowsController {
  constructor(
    private readonly workflows: Workflows,
    private readonly pauses: Pauses,
    private readonly starter: RunStarter,
    private readonly reply: RunReply,
  ) {}

  @Contract(workflowRoutes.listTemplates)
  async listTemplates(@Input() _input: In<'listTemplates'>): Out<'listTemplates'> {
    return { items: [...this.workflows.templates] };
  }

  @Contract(workflowRoutes.listWorkflows)
  async listWorkflows(@Input() { query }: In<'listWorkflows'>, @From() caller: Caller): Out<'listWorkflows'> {
    return this.workflows.list(caller, query);
  }

  @Contract(workflowRoutes.createWorkflow)
  async createWorkflow(@Input() { body }: In<'createWorkflow'>, @From() caller: Caller): Out<'createWorkflow'> {
    return this.workflows.create(caller, body);
  }

  @Contract(workflowRoutes.importWorkflow)
  async importWorkflow(@Input() { query, body }: In<'importWorkflow'>, @From() caller: Caller): Out<'importWorkflow'> {
    return this.workflows.importDocument(caller, body, query.name);
  }

  @Contract(workflowRoutes.exportWorkflow)
  async exportWorkflow(
    @Input() { params, query }: In<'exportWorkflow'>,
    @From() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Out<'exportWorkflow'> {
    const document = await this.workflows.exportDocument(caller, params.id, query.version);
    // One value a line: the file is read and compared by people.
    void reply.type('application/json; charset=utf-8');
    reply.serializer((payload: unknown) => `${JSON.stringify(payload, null, 2)}\n`);
    return document;
  }

  @Contract(workflowRoutes.getWorkflow)
  async getWorkflow(@Input() { params }: In<'getWorkflow'>, @From() caller: Caller): Out<'getWorkflow'> {
    return this.workflows.get(caller, params.id);
  }

  @Contract(workflowRoutes.renameWorkflow)
  async renameWorkflow(@Input() { params, body }: In<'renameWorkflow'>, @From() caller: Caller): Out<'renameWorkflow'> {
    return this.workflows.rename(caller, params.id, body.name);
  }

  @Contract(workflowRoutes.setPriority)
  async setPriority(@Input() { params, body }: In<'setPriority'>, @From() caller: Caller): Out<'setPriority'> {
    await this.workflows.setPriority(caller, params.id, body.priority);
    return body;
  }

  @Contract(workflowRoutes.pauseWorkflow)
  async pauseWorkflow(@Input() { params }: In<'pauseWorkflow'>, @From() caller: Caller): Out<'pauseWorkflow'> {
    return this.pauses.pauseWorkflow(caller, params.id);
  }

  @Contract(workflowRoutes.resumeWorkflow)
  async resumeWorkflow(@Input() { params }: In<'resumeWorkflow'>, @From() caller: Caller): Out<'resumeWorkflow'> {
    return this.pauses.resumeWorkflow(caller, params.id);
  }

  @Contract(workflowRoutes.archiveWorkflow)
  async archiveWorkflow(@Input() { params }: In<'archiveWorkflow'>, @From() caller: Caller): Promise<void> {
    await this.workflows.archive(caller, params.id);
  }

  @Contract(workflowRoutes.saveDraft)
  async saveDraft(@Input() { params, body }: In<'saveDraft'>, @From() caller: Caller): Out<'saveDraft'> {
    const saved = await this.workflows.saveDraft(caller, params.id, body);
    return { ...saved, diagnostics: [...saved.diagnostics] };
  }

  @Contract(workflowRoutes.validateGraph)
  async validateGraph(@Input() { body }: In<'validateGraph'>, @From() caller: Caller): Out<'validateGraph'> {
    const { publishable, diagnostics } = await this.workflows.validate(caller, body.graph);
    return { publishable, diagnostics: [...diagnostics] };
  }

  @Contract(workflowRoutes.publish)
  async publish(@Input() { params, body }: In<'publish'>, @From() caller: Caller): Out<'publish'> {
    return this.workflows.publish(caller, params.id, body);
  }

  @Contract(workflowRoutes.listVersions)
  async listVersions(@Input() { params }: In<'listVersions'>, @From() caller: Caller): Out<'listVersions'> {
    return { items: await this.workflows.versions(caller, params.id) };
  }

  @Contract(workflowRoutes.getVersion)
  async getVersion(@Input() { params }: In<'getVersion'>, @From() caller: Caller): Out<'getVersion'> {
    return this.workflows.version(caller, params.id, params.number);
  }

  @Contract(workflowRoutes.revealTriggerSecret)
  async revealTriggerSecret(
    @Input() { params }: In<'revealTriggerSecret'>,
    @From() caller: Caller,
  ): Out<'revealTriggerSecret'> {
    return { secret: await this.workflows.revealSecret(caller, params.id, params.nodeId) };
  }

  @Contract(workflowRoutes.rotateTriggerSecret)
  async rotateTriggerSecret(
    @Input() { params }: In<'rotateTriggerSecret'>,
    @From() caller: Caller,
  ): Out<'rotateTriggerSecret'> {
    return { secret: await this.workflows.rotateSecret(caller, params.id, params.nodeId) };
  }

  @Contract(workflowRoutes.setTriggerSecret)
  async setTriggerSecret(
    @Input() { params, body }: In<'setTriggerSecret'>,
    @From() caller: Caller,
  ): Out<'setTriggerSecret'> {
    await this.workflows.setSecret(caller, params.id, params.nodeId, body.secret);
  }

  @Contract(workflowRoutes.startRun)
  async startRun(
    @Input() { params, headers, body }: In<'startRun'>,
    @From() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const started = await this.starter.start(caller, params.id, {
      ...body,
      idempotencyKey: headers['idempotency-key'],
    });
    await this.reply.send(reply, caller.workspaceId, started, headers.prefer);
  }
}
