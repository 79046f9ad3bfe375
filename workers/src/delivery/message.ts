/**
 * A delivery as it goes over the wire: the event as a CloudEvent in JSON, which has `type`, `timestamp` and `data` as well,
 * where receivers of Standard Webhooks look for them.
 */
import { messageId, signedHeaders } from '@sagawright/shared/server';
import type { OutboundEvent } from '@sagawright/shared/server';

export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Extension attributes that came with the event. */
const EXTENSION = /^ce-([a-z0-9]{1,20})$/;
/** Attributes of the envelope itself. */
const OWN = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'data', 'datacontenttype', 'timestamp']);

/**
 * @param secrets the present one first
 * @param own headers of the endpoint's owner; none of ours gives way to them
 */
export function messageOf(
  delivery: string,
  event: OutboundEvent,
  secrets: readonly string[],
  own: Readonly<Record<string, string>>,
  atMs: number,
): Message {
  const body = JSON.stringify(envelopeOf(event));
  const lower = Object.entries(own).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    body,
    headers: {
      ...Object.fromEntries(lower),
      'content-type': 'application/json',
      ...signedHeaders(secrets, { id: messageId(delivery), atMs, body }),
    },
  };
}

function envelopeOf({ id, source, type, subject, time, data, headers }: OutboundEvent): object {
  const extensions = Object.entries(headers).flatMap(([name, value]) => {
    const [, attribute = ''] = EXTENSION.exec(name) ?? [];
    return attribute === '' || OWN.has(attribute) ? [] : [[attribute, value]];
  });
  return {
    specversion: '1.0',
    id,
    source,
    type,
    ...(subject === null ? {} : { subject }),
    time,
    timestamp: time,
    datacontenttype: 'application/json',
    ...Object.fromEntries(extensions),
    data,
  };
}
