import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { PROBLEMS, isProblemCode } from '@sagawright/shared/contracts';
import type { Problem, ProblemCode } from '@sagawright/shared/contracts';
import { FailureError } from '@sagawright/shared/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.js';

interface ErrorLog {
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

const FRAMEWORK_CODES: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body.too-large', 'The body is larger than 1 MiB; send less at once.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['body.unsupported-type', 'Send a valid Content-Type header.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'request.malformed',
    'The Content-Length header does not fit the body that arrived.',
  ],
  FST_ERR_BAD_URL: [
    'request.malformed',
    'The address has a percent sign that is not followed by two hex digits of UTF-8.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['request.uri-too-long', 'A part of the address is too long.'],
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
  const framework = FRAMEWORK_CODES[codeOf(error)];
  if (framework !== undefined) return new Refusal(framework[0], framework[1]);
  const status = statusOf(error);
  if (status === 404)
    return new Refusal(
      'route.not-found',
      'There is nothing at this address; see /api/v1/openapi.json for what there is.',
    );
  if (status !== null && status >= 400 && status < 500) {
    return new Refusal('request.malformed', error instanceof Error ? error.message : 'The request could not be read.');
  }
  return new Refusal(
    'internal',
    'Something went wrong on our side. Try again; if it stays, quote the id in "instance".',
  );
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number')
    return error.statusCode;
  return null;
}
