/** Answers whoever started a run: with what the run says if they prefer to wait and it says so in time, else that it goes on. */
import type { RunEnd } from '@sagawright/shared/contracts';
import type { FastifyReply } from 'fastify';
import type { RunAnswers } from '../runs/run-answers.js';
import { preferredWait } from './prefer.js';
import { speak } from './spoken-answer.js';

export interface Started {
  readonly runId: string;
  readonly url: string;
}

export class RunReply {
  constructor(private readonly answers: RunAnswers) {}

  /**
   * Sends the answer: what the run responded; or `started` with the run's end, status 200; or `started`, status 202.
   *
   * @param prefer the request's `Prefer` header
   */
  async send<S extends Started>(
    reply: FastifyReply,
    workspaceId: string,
    started: S,
    prefer: string | undefined,
  ): Promise<void> {
    void reply.header('location', started.url);
    const seconds = preferredWait(prefer);
    if (seconds === null) return answer(reply, 202, started);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const said = await this.answers.wait(workspaceId, started.runId, seconds * 1000, gone.signal);
    if (said === null) return answer(reply, 202, started);
    void reply.header('preference-applied', `wait=${seconds}`);
    if (said.kind === 'response') return speak(reply, said.response);
    answer(reply, 200, { ...started, end: said.end satisfies RunEnd });
  }
}

function answer(reply: FastifyReply, status: number, body: object): void {
  void reply.status(status).send(body);
}
