import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OpenToAll } from '../door/contract.js';
import { Webhooks } from './webhooks.js';
import type { WebhookAnswer } from './webhooks.js';

@Controller()
export class HooksController {
  constructor(private readonly webhooks: Webhooks) {}

  @Post('/hooks/:token')
  @HttpCode(202)
  @OpenToAll()
  async deliver(@Param('token') token: string, @Req() request: FastifyRequest): Promise<WebhookAnswer> {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return this.webhooks.deliver(token, { headers: separateHeaders(request.raw.rawHeaders), rawBody });
  }
}

/** Node joins repeated headers with commas; a doubled signature must be seen as two. */
function separateHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[index + 1] ?? '']);
  }
  return Object.fromEntries(
    [...headers].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
