import { Controller, Get, Headers, Res } from '@nestjs/common';
import { figures, mayReadFigures } from '@sagawright/shared/server';
import type { FastifyReply } from 'fastify';
import { OpenToAll } from '../door/contract.js';
import { Refusal } from '../refusal.js';

/** Whom the figures are shown to at this door; null = nobody, they have a port of their own then. */
export class MetricsToken {
  constructor(readonly token: string | null) {}
}

@Controller()
export class MetricsController {
  constructor(private readonly token: MetricsToken) {}

  /** The figures for Prometheus, for whoever has the token of METRICS_TOKEN. */
  @Get('/metrics')
  @OpenToAll()
  async metrics(
    @Headers('authorization') authorization: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { token } = this.token;
    if (token === null) throw new Refusal('route.not-found', 'Figures are shown here when METRICS_TOKEN is set.');
    if (!mayReadFigures(authorization, token)) {
      throw new Refusal('auth.required', 'Send "Authorization: Bearer" with the token of METRICS_TOKEN.');
    }
    const text = await figures.exposition();
    void reply.header('cache-control', 'no-store').type(figures.contentType).send(text);
  }
}
