/**
 * The trace that a request belongs to, as its sender says it (W3C Trace Context). What cannot be read starts a new trace: a
 * broken header is no reason to refuse an event. Pure.
 *
 * @see W3C Trace Context, level 1, sections 3.2 and 3.3
 */
import { TraceFlags, createTraceState } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MOST_MEMBERS = 32;
const MOST_STATE_LENGTH = 4096;
const MEMBER_KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const MEMBER_VALUE = /^[ -<>-~]{0,255}[!-<>-~]$/;

/** Headers by lower-case names; a header that came several times is joined with commas or comes as an array. */
export type TraceHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * @param prefix `ce-` for the attributes of a CloudEvent
 * @returns null when there is none, or none that can be read
 */
export function readTraceContext(headers: TraceHeaders, prefix = ''): SpanContext | null {
  const parent = headers[`${prefix}traceparent`];
  if (typeof parent !== 'string') return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(parent.trim()) ?? [];
  // A later version may say more behind what we know; version 00 may not.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const state = readState(headers[`${prefix}tracestate`]);
  return {
    traceId,
    spanId,
    // Of the flags we know the one that says "kept".
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(state === null ? {} : { traceState: createTraceState(state) }),
  };
}

/** What is said of a span to the next hop. */
export function writeTraceContext({ traceId, spanId, traceFlags, traceState }: SpanContext): Record<string, string> {
  const state = traceState?.serialize() ?? '';
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    ...(state === '' ? {} : { tracestate: state }),
  };
}

/** All of it or nothing: one member that cannot be read, or one too many, and the state is left behind. */
function readState(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  const text = typeof header === 'string' ? header : header.join(',');
  if (text.length > MOST_STATE_LENGTH) return null;
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > MOST_MEMBERS) return null;
  const keys = new Set<string>();
  for (const member of members) {
    const at = member.indexOf('=');
    const key = member.slice(0, Math.max(0, at));
    if (keys.has(key) || !MEMBER_KEY.test(key) || !MEMBER_VALUE.test(member.slice(at + 1))) return null;
    keys.add(key);
  }
  return members.join(',');
}
