import { Controller, Headers, Res } from '@nestjs/common';
import { runRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { EventStream } from '../door/event-stream.js';
import { preferredWait } from '../hooks/prefer.js';
import { LiveRuns, RECENT_RUNS } from './live-runs.js';
import { RunAnswers } from './run-answers.js';
import { Runs } from './runs.js';

type Routes = typeof runRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class RunsController {
  constructor(
    private readonly runs: Runs,
    private readonly live: LiveRuns,
    private readonly answers: RunAnswers,
  ) {}

  @Contract(runRoutes.listRuns)
  async listRuns(@Input() { query }: In<'listRuns'>, @From() caller: Caller): Out<'listRuns'> {
    return this.runs.list(caller, query);
  }

  @Contract(runRoutes.getRun)
  async getRun(
    @Input() { params, query, headers }: In<'getRun'>,
    @From() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Out<'getRun'> {
    const seconds = preferredWait(headers.prefer);
    if (seconds !== null) {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      await this.answers.news(caller.workspaceId, params.id, query.after ?? null, seconds * 1000, gone.signal);
      void reply.header('preference-applied', `wait=${seconds}`);
    }
    return this.runs.get(caller, params.id);
  }

  @Contract(runRoutes.getJournal)
  async getJournal(@Input() { params, query }: In<'getJournal'>, @From() caller: Caller): Out<'getJournal'> {
    return this.runs.journal(caller, params.id, query);
  }

  @Contract(runRoutes.getPayload)
  async getPayload(@Input() { params }: In<'getPayload'>, @From() caller: Caller): Out<'getPayload'> {
    return { value: await this.runs.payload(caller, params.id, params.hash) };
  }

  @Contract(runRoutes.liveRun)
  async liveRun(
    @Input() { params }: In<'liveRun'>,
    @From() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.runs.assertExists(caller, params.id);
    const after = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) : 0;
    await this.live.followRun(EventStream.open(reply), caller, params.id, after);
  }

  @Contract(runRoutes.liveRuns)
  async liveRuns(
    @Input() { query }: In<'liveRuns'>,
    @From() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const latest = async () => (await this.runs.list(caller, { ...query, limit: RECENT_RUNS })).items;
    await this.live.listening();
    await this.live.followWorkspace(EventStream.open(reply), caller, query.workflowId ?? null, latest);
  }

  @Contract(runRoutes.cancelRun)
  async cancelRun(@Input() { params, body }: In<'cancelRun'>, @From() caller: Caller): Out<'cancelRun'> {
    await this.runs.cancel(caller, params.id, body.reason);
    return { accepted: true };
  }

  @Contract(runRoutes.terminateRun)
  async terminateRun(@Input() { params, body }: In<'terminateRun'>, @From() caller: Caller): Out<'terminateRun'> {
    return { accepted: true, stays: await this.runs.terminate(caller, params.id, body.reason) };
  }

  @Contract(runRoutes.previewUndo)
  async previewUndo(@Input() { params }: In<'previewUndo'>, @From() caller: Caller): Out<'previewUndo'> {
    return this.runs.previewUndo(caller, params.id);
  }

  @Contract(runRoutes.undoRun)
  async undoRun(@Input() { params, body }: In<'undoRun'>, @From() caller: Caller): Out<'undoRun'> {
    return { accepted: true, stays: await this.runs.undo(caller, params.id, body.reason) };
  }

  @Contract(runRoutes.resolveIncident)
  async resolveIncident(
    @Input() { params, body }: In<'resolveIncident'>,
    @From() caller: Caller,
  ): Out<'resolveIncident'> {
    await this.runs.resolve(caller, params.id, params.incident, body.resolution, body.reason);
    return { accepted: true };
  }
}
