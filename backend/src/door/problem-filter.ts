import type { Socket } from 'node:net';
import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { PROBLEMS, isProblemCode } from '@sagawright/shared/contracts';
import type { Problem, ProblemCode } from '@sagawright/shared/contracts';
import { FailureError } from '@sagawright/shared/kernel';
import { isDatabaseAway, uuidv7 } from '@sagawright/shared/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.js';

interface ErrorLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** The one translator from errors to HTTP answers: problem details (RFC 9457) for everything, with the request's id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: ErrorLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(error, request, reply, this.log);
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: ErrorLog): void {
  const refusal = refusalOf(error);
  if (refusal.code === 'internal')
    log.error({ err: error, requestId: request.id, method: request.method }, 'a request failed');
  if (refusal.code === 'service.unavailable')
    log.warn({ error: error instanceof Error ? error.message : '', requestId: request.id }, 'the database is away');
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const { retryAfterSeconds } = refusal.facts;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (refusal.code === 'auth.required') reply.header('www-authenticate', 'Bearer');
  reply.header('cache-control', 'no-store');
  void reply
    .status(PROBLEMS[refusal.code].status)
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(refusal, String(request.id))));
}

/** Answers what is no HTTP at all, or came too slowly: there is a socket, but neither request nor reply. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const refusal =
    BROKEN[error.code ?? ''] ?? new Refusal('request.malformed', 'This is not a well-formed HTTP request.');
  const body = JSON.stringify(problemOf(refusal, uuidv7()));
  const { status, title } = PROBLEMS[refusal.code];
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

function problemOf(refusal: Refusal, requestId: string): Problem {
  const { status, title } = PROBLEMS[refusal.code];
  return {
    type: `urn:sagawright:problem:${refusal.code}`,
    title,
    status,
    detail: refusal.message,
    code: refusal.code,
    instance: requestId,
    ...(refusal.facts.errors === undefined ? {} : { errors: [...refusal.facts.errors] }),
    ...(refusal.facts.context === undefined ? {} : { context: refusal.facts.context }),
  };
}

/** What the framework refuses before our code is reached, by its status: Nest keeps no more of the framework's errors. */
const BY_STATUS: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  404: ['route.not-found', 'There is nothing at this address; see /api/v1/openapi.json for what there is.'],
  408: ['request.timeout', 'The request took too long to arrive; send it faster or in parts.'],
  413: ['body.too-large', 'The body is larger than 1 MiB; send less at once.'],
  414: ['request.uri-too-long', 'A part of the address is too long.'],
  415: ['body.unsupported-type', 'Send a valid Content-Type header.'],
};

const BROKEN: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal('request.timeout', 'The request took too long to arrive; send it faster.'),
  HPE_HEADER_OVERFLOW: new Refusal(
    'request.headers-too-large',
    'The headers of a request have at most 16 KiB together.',
  ),
};

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof FailureError && isProblemCode(error.failure.code)) {
    return new Refusal(
      error.failure.code,
      error.failure.message,
      error.failure.details === undefined ? {} : { context: error.failure.details },
    );
  }
  if (isDatabaseAway(error)) {
    return new Refusal(
      'service.unavailable',
      'The database does not answer at the moment; nothing was lost. Send the request again in a few seconds.',
      { retryAfterSeconds: 2 },
    );
  }
  const status = statusOf(error);
  const known = BY_STATUS[status ?? 0];
  if (known !== undefined) return new Refusal(known[0], known[1]);
  if (status !== null && status >= 400 && status < 500) {
    return new Refusal('request.malformed', error instanceof Error ? error.message : 'The request could not be read.');
  }
  return new Refusal(
    'internal',
    'Something went wrong on our side. Try again; if it stays, quote the id in "instance".',
  );
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number')
    return error.statusCode;
  return null;
}
