import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../door/contract.js';
import { RunReply } from './run-reply.js';
import { Webhooks } from './webhooks.js';

@Controller()
export class HooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly reply: RunReply,
  ) {}

  /** 202 with the run; with `Prefer: wait` what the run says in time. */
  @Post('/hooks/:token')
  @OpenToAll()
  async deliver(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const headers = separateHeaders(request.raw.rawHeaders);
    const { workspaceId, answer } = await this.webhooks.deliver(token, { headers, rawBody });
    const { prefer } = request.headers;
    await this.reply.send(reply, workspaceId, answer, Array.isArray(prefer) ? prefer.join(',') : prefer);
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
