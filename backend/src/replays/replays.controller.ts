import { Controller } from '@nestjs/common';
import { replayRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { Replays } from './replays.js';

type Routes = typeof replayRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class ReplaysController {
  constructor(private readonly replays: Replays) {}

  @Contract(replayRoutes.startReplay)
  async startReplay(@Input() { body }: In<'startReplay'>, @From() caller: Caller): Out<'startReplay'> {
    return this.replays.start(caller, body);
  }

  @Contract(replayRoutes.listReplays)
  async listReplays(@Input() { query }: In<'listReplays'>, @From() caller: Caller): Out<'listReplays'> {
    return { items: await this.replays.list(caller, query.limit) };
  }

  @Contract(replayRoutes.getReplay)
  async getReplay(@Input() { params }: In<'getReplay'>, @From() caller: Caller): Out<'getReplay'> {
    return this.replays.get(caller, params.id);
  }

  @Contract(replayRoutes.cancelReplay)
  async cancelReplay(@Input() { params }: In<'cancelReplay'>, @From() caller: Caller): Out<'cancelReplay'> {
    return this.replays.change(caller, params.id, 'cancel');
  }

  @Contract(replayRoutes.pauseReplay)
  async pauseReplay(@Input() { params }: In<'pauseReplay'>, @From() caller: Caller): Out<'pauseReplay'> {
    return this.replays.change(caller, params.id, 'pause');
  }

  @Contract(replayRoutes.resumeReplay)
  async resumeReplay(@Input() { params }: In<'resumeReplay'>, @From() caller: Caller): Out<'resumeReplay'> {
    return this.replays.change(caller, params.id, 'resume');
  }
}
