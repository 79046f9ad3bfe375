/**
 * A request to the door for events becomes the events that it carries: a CloudEvent in one of the three modes of its HTTP
 * binding, a plain event in JSON, or a form.
 *
 * 1. One request is in one mode: its content type decides, then whether headers `ce-...` are there.
 * 2. Whatever is wrong with it is a Refusal that names the header or the path; of a batch with a fault nothing is read.
 * 3. In structured mode the body counts; copies of attributes in headers are not looked at.
 */
import { MOST_EVENTS_PER_BATCH, eventSchema } from '@sagawright/shared/contracts';
import type { SentEvent } from '@sagawright/shared/contracts';
import { contentModeOf, elementTexts, readAttributeHeaders } from '@sagawright/shared/event';
import type { AttributeHeaders } from '@sagawright/shared/event';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import type { IngestEvent } from '@sagawright/shared/server';
import { decodeText, parseJsonBody } from '../door/json-body.js';
import { isMediaType } from '../door/media-type.js';
import { Refusal } from '../refusal.js';
import { readData } from './data.js';
import { readEvent } from './read-event.js';

const FORM = 'application/x-www-form-urlencoded';
const MOST_KEYS_PER_BATCH = 50_000;
const FAULTS_TOLD = 100;

export interface EventMessage {
  /** As they came, repetitions apart. */
  readonly headers: readonly (readonly [string, string])[];
  /** '' when it is not said. */
  readonly contentType: string;
  readonly body: Buffer;
  /** Attributes in the address, for forms. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The sender prefers a refusal to a dead letter. */
  readonly strict?: boolean;
}

export type ReadEvents =
  | { readonly kind: 'one'; readonly event: IngestEvent }
  | { readonly kind: 'batch'; readonly events: readonly IngestEvent[] };

/**
 * @param now milliseconds since 1970
 * @throws Refusal `request.invalid`, `body.malformed`, `body.unsupported-type`, `body.too-large`
 */
export function readRequest(message: EventMessage, now: number): ReadEvents {
  const { contentType } = message;
  const found = readAttributeHeaders(message.headers);
  const mode = contentModeOf(contentType, found.attributes.size + found.faults.length > 0);
  const isForm = isMediaType(contentType, FORM);
  const ofForm = isForm && (mode === 'plain' || (mode === 'binary' && !found.attributes.has('specversion')));
  if (!ofForm) refuseQuery(message.query);
  switch (mode) {
    case 'batched':
      return { kind: 'batch', events: readBatch(message, now) };
    case 'structured':
      return { kind: 'one', event: readStructured(message, now) };
    case 'binary':
      return { kind: 'one', event: ofForm ? readForm(message, found, now) : readBinary(message, found, now) };
    case 'plain':
      return { kind: 'one', event: isForm ? readForm(message, found, now) : readPlain(message, now) };
    case null:
      throw new Refusal(
        'body.unsupported-type',
        'CloudEvents are read in the JSON format: send application/cloudevents+json, application/cloudevents-batch+json, or binary mode.',
      );
  }
}

function readPlain({ body, contentType }: EventMessage, now: number): IngestEvent {
  if (body.length === 0) return readEvent(checked({}), { raw: body, contentType }, now);
  if (!isMediaType(contentType, 'application/json')) {
    throw new Refusal(
      'body.unsupported-type',
      'Send one event as application/json or application/cloudevents+json, a batch as application/cloudevents-batch+json, a form with a type, or headers ce-... and data of any type; text is UTF-8.',
    );
  }
  return readEvent(checked(unset(parseJsonBody(body))), { raw: body, contentType }, now);
}

function readStructured({ body, contentType }: EventMessage, now: number): IngestEvent {
  assertUtf8(contentType);
  return readEvent(checkedCloudEvent(parseJsonBody(body)), { raw: body, contentType }, now);
}

function readBatch({ body, contentType }: EventMessage, now: number): IngestEvent[] {
  assertUtf8(contentType);
  const batch = parseJsonBody(body, MOST_KEYS_PER_BATCH);
  if (!Array.isArray(batch)) throw invalid([{ path: 'body', message: 'a batch is a JSON array of CloudEvents' }]);
  if (batch.length > MOST_EVENTS_PER_BATCH) {
    throw new Refusal(
      'body.too-large',
      `The batch has ${batch.length} events; send at most ${MOST_EVENTS_PER_BATCH} at once.`,
      { context: { most: MOST_EVENTS_PER_BATCH } },
    );
  }
  const texts = elementTexts(decodeText(body));
  const faults: Fault[] = [];
  const events = (batch as readonly Json[]).flatMap((element, index) => {
    const { event, faults: own } = check(unset(element), (path) => ['body', index, ...path].join('.'), true);
    faults.push(...own);
    if (event === null) return [];
    const raw = Buffer.from(texts[index] ?? '');
    return [readEvent(event, { raw, contentType: 'application/cloudevents+json' }, now)];
  });
  if (faults.length > 0) throw invalid(faults);
  return events;
}

function readBinary({ body, contentType }: EventMessage, found: AttributeHeaders, now: number): IngestEvent {
  const attributes = Object.fromEntries(found.attributes);
  const event = checkedHeaders(
    {
      ...attributes,
      ...(contentType === '' ? {} : { datacontenttype: contentType }),
      data: readData(body, contentType),
    },
    found,
    true,
  );
  return readEvent(event, { raw: body, contentType, beside: besides(found.attributes) }, now);
}

function readForm({ body, contentType, query }: EventMessage, found: AttributeHeaders, now: number): IngestEvent {
  const twice = Object.keys(query).filter((name) => query[name] !== undefined && found.attributes.has(name));
  if (twice.length > 0) {
    throw invalid(twice.map((name) => ({ path: `query.${name}`, message: `is also in the header ce-${name}` })));
  }
  const attributes = new Map([
    ...found.attributes,
    ...Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ]);
  if (!attributes.has('type') && found.faults.length === 0) {
    throw invalid([{ path: 'query.type', message: 'say the type of the event: ?type=... or the header ce-type' }]);
  }
  const data = body.length === 0 ? {} : readData(body, contentType);
  const event = checkedHeaders({ ...Object.fromEntries(attributes), data }, found, false);
  return readEvent(event, { raw: body, contentType, beside: besides(attributes) }, now);
}

/** The same attributes are the same text, in whatever order they came. */
function besides(attributes: ReadonlyMap<string, string>): string {
  return JSON.stringify([...attributes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

function check(
  value: unknown,
  pathOf: (path: readonly PropertyKey[]) => string,
  isCloudEvent: boolean,
): { readonly event: SentEvent | null; readonly faults: readonly Fault[] } {
  const result = eventSchema.safeParse(value);
  const faults = result.success
    ? []
    : result.error.issues.map(({ path, message }) => ({ path: pathOf(path), message }));
  const hasVersion = typeof value !== 'object' || value === null || 'specversion' in value;
  if (isCloudEvent && !hasVersion) {
    faults.push({ path: pathOf(['specversion']), message: 'is required in a CloudEvent: "1.0"' });
  }
  return { event: result.success && faults.length === 0 ? result.data : null, faults };
}

function checked(value: unknown, isCloudEvent = false): SentEvent {
  const { event, faults } = check(value, (path) => ['body', ...path].map(String).join('.'), isCloudEvent);
  if (event === null) throw invalid(faults);
  return event;
}

function checkedCloudEvent(value: Json): SentEvent {
  return checked(unset(value), true);
}

function checkedHeaders(value: object, found: AttributeHeaders, isCloudEvent: boolean): SentEvent {
  const wrong = found.faults.map(({ header, message }) => ({ path: `headers.${header}`, message }));
  const { event, faults } = check(value, ([name]) => headerOf(String(name)), isCloudEvent);
  if (event === null || wrong.length > 0) throw invalid([...wrong, ...faults]);
  return event;
}

function headerOf(attribute: string): string {
  return `headers.${attribute === 'datacontenttype' ? 'content-type' : `ce-${attribute}`}`;
}

/** In the JSON format of CloudEvents, an attribute that is null is not there; data that is null is. */
function unset(value: Json): Json {
  if (!isJsonObject(value) || value['specversion'] === undefined) return value;
  return Object.fromEntries(Object.entries(value).filter(([name, member]) => member !== null || name === 'data'));
}

function refuseQuery(query: EventMessage['query']): void {
  const said = Object.keys(query).filter((name) => query[name] !== undefined);
  if (said.length === 0) return;
  throw invalid(said.map((name) => ({ path: `query.${name}`, message: 'is only for forms; say it in the event' })));
}

function assertUtf8(contentType: string): void {
  if (isMediaType(contentType, 'application/json')) return;
  throw new Refusal('body.unsupported-type', 'CloudEvents in JSON are encoded as UTF-8; leave the charset out.');
}

function invalid(errors: readonly Fault[]): Refusal {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new Refusal('request.invalid', `${first?.path}: ${first?.message}${more}`, {
    errors: errors.slice(0, FAULTS_TOLD),
  });
}
