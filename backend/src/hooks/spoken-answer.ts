/**
 * The answer of a run's `respond` step as an HTTP answer. An author chose it, and data of strangers may be in it, while it comes
 * from our own origin: so it may not set what protects the product, nor act in a browser.
 */
import type { RunState } from '@sagawright/shared/saga';
import type { FastifyReply } from 'fastify';

/** Besides these, an author may set headers of their own, which begin with `x-`. */
const ALLOWED: ReadonlySet<string> = new Set([
  'content-type',
  'content-language',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
]);
const OURS = /^x-(frame-options|content-|xss-|dns-|download-|permitted-|powered-|accel-|forwarded-|real-ip|csrf-)/;
/** What HTTP lets a header hold: no line break above all. */
const CAN_BE_SENT = /^[\t\x20-\x7e\x80-\xff]{0,4096}$/;
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Sends it. A header that may not be set, or cannot be, is left out. */
export function speak(reply: FastifyReply, { status, headers, body }: NonNullable<RunState['response']>): void {
  void reply.status(status).headers(acceptable(headers));
  // Whatever it holds, a browser shows it without running it, as if it came from nowhere.
  void reply.header('content-security-policy', "default-src 'none'; sandbox");
  if (NO_BODY.has(status)) {
    void reply.removeHeader('content-type').send();
    return;
  }
  const isText =
    typeof body === 'string' && reply.hasHeader('content-type') && !isJson(reply.getHeader('content-type'));
  if (!reply.hasHeader('content-type')) void reply.type('application/json; charset=utf-8');
  void reply.send(isText ? body : JSON.stringify(body));
}

function acceptable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.trim().toLowerCase(), value] as const)
      .filter(([name, value]) => {
        const known = ALLOWED.has(name) || (/^x-[a-z0-9-]{1,60}$/.test(name) && !OURS.test(name));
        return known && CAN_BE_SENT.test(value);
      }),
  );
}

function isJson(type: unknown): boolean {
  return /^application\/([a-z0-9.-]+\+)?json\b/i.test(String(type));
}
