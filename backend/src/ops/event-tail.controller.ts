import { Controller, Headers, Res } from '@nestjs/common';
import { tailRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest } from '@sagawright/shared/contracts';
import type { FastifyReply } from 'fastify';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input } from '../door/contract.js';
import { EventStream } from '../door/event-stream.js';
import { EventTails } from './event-tail.js';

@Controller()
export class EventTailController {
  constructor(private readonly tails: EventTails) {}

  @Contract(tailRoutes.tailEvents)
  async tailEvents(
    @Input() { query }: RouteRequest<typeof tailRoutes.tailEvents>,
    @From() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const tail = await this.tails.begin(caller, query);
    const resumed = /^\d{1,16}$/.test(lastEventId ?? '') ? Number(lastEventId) : null;
    await this.tails.follow(EventStream.open(reply), caller, tail, resumed ?? query.after ?? null);
  }
}
