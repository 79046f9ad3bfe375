import { Controller } from '@nestjs/common';
import { laneRoutes } from '@sagawright/shared/contracts';
import type { Lane, RouteRequest } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { Lanes } from './lanes.js';

type In<K extends keyof typeof laneRoutes> = RouteRequest<(typeof laneRoutes)[K]>;

@Controller()
export class LanesController {
  constructor(private readonly lanes: Lanes) {}

  @Contract(laneRoutes.listLanes)
  async listLanes(
    @Input() { query }: In<'listLanes'>,
    @From() caller: Caller,
  ): Promise<{ items: Lane[]; nextCursor: string | null }> {
    return this.lanes.list(caller, query);
  }

  @Contract(laneRoutes.pauseLane)
  async pauseLane(@Input() { body }: In<'pauseLane'>, @From() caller: Caller): Promise<{ changed: boolean }> {
    return this.lanes.pause(caller, body);
  }

  @Contract(laneRoutes.resumeLane)
  async resumeLane(@Input() { body }: In<'resumeLane'>, @From() caller: Caller): Promise<{ changed: boolean }> {
    return this.lanes.resume(caller, body);
  }

  @Contract(laneRoutes.skipInLane)
  async skipInLane(@Input() { body }: In<'skipInLane'>, @From() caller: Caller): Promise<{ changed: boolean }> {
    const { runId, ...name } = body;
    return this.lanes.skip(caller, name, runId);
  }
}
