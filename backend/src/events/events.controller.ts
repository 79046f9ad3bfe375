import { Controller, Req } from '@nestjs/common';
import { eventRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import type { FastifyRequest } from 'fastify';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { Refusal } from '../refusal.js';
import { Events } from './events.js';

type Routes = typeof eventRoutes;

@Controller()
export class EventsController {
  constructor(private readonly events: Events) {}

  @Contract(eventRoutes.sendEvent)
  async sendEvent(
    @Input() { body }: RouteRequest<Routes['sendEvent']>,
    @From() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<RouteResponse<Routes['sendEvent']>> {
    if (Object.keys(request.headers).some((name) => name.startsWith('ce-'))) {
      throw new Refusal(
        'body.unsupported-type',
        'A CloudEvent in binary mode (headers ce-...) is not read here; send it in structured mode, as application/cloudevents+json.',
      );
    }
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return this.events.accept(caller, body, raw, request.headers['content-type'] ?? '');
  }
}
