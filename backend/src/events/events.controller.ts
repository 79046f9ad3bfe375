import { Controller, Options, Req, Res, createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { API_PREFIX, eventRoutes } from '@sagawright/shared/contracts';
import type { RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import { answerHandshake } from '@sagawright/shared/event';
import { webhookCrypto } from '@sagawright/shared/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { prefersStrict } from '../hooks/prefer.js';
import { From } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Contract, Input, OpenToAll, readRequest } from '../door/contract.js';
import { EventSearch } from './event-search.js';
import { Events } from './events.js';

type Routes = typeof eventRoutes;
type Query = Pick<RouteRequest<Routes['sendEvent']>, 'query'>;

/** The contract's query; the body is not JSON in every mode, and is read by its mode. */
const InputBesideBody = createParamDecorator((_data: unknown, context: ExecutionContext): Query => {
  const { body: _body, ...route } = eventRoutes.sendEvent;
  return readRequest(route, context.switchToHttp().getRequest<FastifyRequest>());
});

@Controller()
export class EventsController {
  constructor(
    private readonly events: Events,
    private readonly search: EventSearch,
  ) {}

  @Contract(eventRoutes.sendEvent)
  async sendEvent(
    @InputBesideBody() { query }: Query,
    @From() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return this.events.accept(caller, {
      headers: pairs(request.raw.rawHeaders),
      contentType: request.headers['content-type'] ?? '',
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      query,
      strict: prefersStrict(request.headers['prefer']),
    });
  }

  /**
   * The handshake of CloudEvents webhooks: whoever asks may send, if it has a key for each delivery.
   *
   * @see CloudEvents 1.0, HTTP webhook, section 4
   */
  @Options(API_PREFIX + eventRoutes.sendEvent.path)
  @OpenToAll()
  handshake(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { headers } = request;
    const asked = { method: 'OPTIONS', headers, rawBody: new Uint8Array() };
    const outcome = answerHandshake('cloudevents', [], asked, Date.now(), webhookCrypto);
    if (outcome?.ok === true) void reply.status(outcome.answer.status).headers(outcome.answer.headers).send();
    else void reply.status(204).header('allow', 'GET, POST').send();
  }

  @Contract(eventRoutes.listEvents)
  async listEvents(
    @Input() { query }: RouteRequest<Routes['listEvents']>,
    @From() caller: Caller,
  ): Promise<RouteResponse<Routes['listEvents']>> {
    return this.search.list(caller, query);
  }

  @Contract(eventRoutes.getEvent)
  async getEvent(
    @Input() { params }: RouteRequest<Routes['getEvent']>,
    @From() caller: Caller,
  ): Promise<RouteResponse<Routes['getEvent']>> {
    return this.search.get(caller, params.position);
  }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []));
}
