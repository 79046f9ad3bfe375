import { All, Controller, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenToAll } from '../door/contract.js';
import { Intake } from '../door/intake.js';
import { RunReply } from './run-reply.js';
import { Webhooks } from './webhooks.js';
import type { Delivered } from './webhooks.js';

@Controller()
export class HooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly reply: RunReply,
    private readonly intake: Intake,
  ) {}

  /**
   * A delivery: 202 with the run, or what its provider wants to hear; with `Prefer: wait` what the run says in time.
   * A handshake, by any method: what the provider's file says.
   */
  @All('/hooks/:token')
  @OpenToAll()
  async deliver(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const delivered = await this.take(token, request);
    // A sender that prefers to wait for the run keeps no room from others.
    this.intake.release(request);
    if (delivered.kind === 'handshake') {
      const { status, headers: said, body } = delivered.answer;
      void reply.status(status).headers(said).send(body);
      return;
    }
    const { answer, wanted } = delivered;
    const { prefer } = request.headers;
    if (delivered.kind === 'started') void reply.header('location', delivered.answer.url);
    if (wanted !== null && prefer === undefined) {
      void reply.status(wanted.status);
      if (wanted.contentType !== null) void reply.type(wanted.contentType);
      void reply.send(wanted.body);
      return;
    }
    if (delivered.kind === 'held') {
      void reply.status(202).send(answer);
      return;
    }
    await this.reply.send(
      reply,
      delivered.workspaceId,
      delivered.answer,
      Array.isArray(prefer) ? prefer.join(',') : prefer,
    );
  }

  /** On its own, so that nothing holds the body afterwards. */
  private take(token: string, { raw, body }: FastifyRequest): Promise<Delivered> {
    return this.webhooks.deliver(token, {
      method: raw.method ?? 'POST',
      target: raw.url ?? '',
      headers: separateHeaders(raw.rawHeaders),
      rawBody: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    });
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
