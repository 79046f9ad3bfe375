import { Controller } from '@nestjs/common';
import { eventTypeRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { EventTypes } from './event-types.js';

type Routes = typeof eventTypeRoutes;
type In<K extends keyof Routes> = RouteRequest<Routes[K]>;
type Out<K extends keyof Routes> = Promise<RouteResponse<Routes[K]>>;

@Controller()
export class EventTypesController {
  constructor(private readonly types: EventTypes) {}

  @Contract(eventTypeRoutes.listEventTypes)
  async listEventTypes(@Input() { query }: In<'listEventTypes'>, @From() caller: Caller): Out<'listEventTypes'> {
    return this.types.list(caller, query);
  }

  @Contract(eventTypeRoutes.getEventType)
  async getEventType(@Input() { params }: In<'getEventType'>, @From() caller: Caller): Out<'getEventType'> {
    return this.types.get(caller, params.type);
  }

  @Contract(eventTypeRoutes.putEventType)
  async putEventType(@Input() { params, body }: In<'putEventType'>, @From() caller: Caller): Out<'putEventType'> {
    return this.types.setRules(caller, params.type, body);
  }

  @Contract(eventTypeRoutes.checkSchema)
  async checkSchema(@Input() { params, body }: In<'checkSchema'>, @From() caller: Caller): Out<'checkSchema'> {
    return this.types.check(caller, params.type, body);
  }

  @Contract(eventTypeRoutes.publishSchema)
  async publishSchema(@Input() { params, body }: In<'publishSchema'>, @From() caller: Caller): Out<'publishSchema'> {
    return this.types.publish(caller, params.type, body);
  }

  @Contract(eventTypeRoutes.draftSchema)
  async draftSchema(@Input() { params, query }: In<'draftSchema'>, @From() caller: Caller): Out<'draftSchema'> {
    return this.types.draft(caller, params.type, query.events);
  }
}
