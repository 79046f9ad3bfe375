/** The door for events and the search behind it: every mode of CloudEvents, and every trap, with its outcome. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MOST_EVENTS_PER_BATCH } from '@sagawright/shared/contracts';
import type { AcceptedBatch, AcceptedEvent, EventSummary, Problem, StoredEvent } from '@sagawright/shared/contracts';
import { uuidv7 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

const JSON_FORMAT = 'application/cloudevents+json';
const BATCH_FORMAT = 'application/cloudevents-batch+json';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);

afterAll(() => doors.close());

type Sent = Partial<AcceptedEvent & AcceptedBatch & Problem>;
type Headers = Record<string, string | string[]>;

/** A request byte by byte: no library in between mends what is sent. */
function send(headers: Headers, body: string | Buffer = '', path = '/events', method = 'POST') {
  return new Promise<{ status: number; body: Sent; headers: Record<string, unknown> }>((resolve, reject) => {
    const url = `${doors.base}/api/v1${path}`;
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(url, { method, headers: { ...owner, ...length, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const status = answer.statusCode ?? 0;
        resolve({ status, body: (text === '' ? {} : JSON.parse(text)) as Sent, headers: answer.headers });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const eventOf = <F extends object>(fields: F = {} as F) => ({
  specversion: '1.0',
  id: uuidv7(),
  source: '/shop',
  type: 'order.placed',
  ...fields,
});

const ce = (fields: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...eventOf(), ...fields }).map(([name, value]) => [`ce-${name}`, value]));

const without = (headers: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));

async function count(): Promise<number> {
  const { rows } = await doors.database.pool.query<{ n: number }>('SELECT count(*) AS n FROM event');
  return rows[0]?.n ?? -1;
}

async function stored(position: number | undefined): Promise<StoredEvent> {
  return (await doors.api<StoredEvent>('GET', `/events/${position}`, { headers: owner })).body;
}

describe('a CloudEvent', () => {
  it('is the same event in every mode, and is known again in each', async () => {
    const data = { order: { id: 'A-1', total: 7.5 }, note: 'für dich €' };
    const attributes = {
      subject: 'orders/ä 1%',
      time: '2026-02-03T04:05:06.789Z',
      dataschema: 'https://shop.example/order',
      tenant: 'nord',
      datacontenttype: 'application/json',
    };
    const [one, two, three] = [eventOf(attributes), eventOf(attributes), eventOf(attributes)];
    const { datacontenttype, ...rest } = two;
    const headers = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)]),
    );
    const answers = [
      await send({ 'content-type': JSON_FORMAT }, JSON.stringify({ ...one, data })),
      await send({ 'content-type': datacontenttype, ...headers }, JSON.stringify(data)),
      await send({ 'content-type': `${BATCH_FORMAT}; charset=utf-8` }, JSON.stringify([{ ...three, data }])),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const positions = answers.map(({ body }) => body.position ?? body.events?.[0]?.position);
    const kept = await Promise.all(positions.map(stored));
    expect(new Set(kept.map(({ id }) => id)).size).toBe(3);
    for (const event of kept) {
      expect(event).toMatchObject({
        source: '/shop',
        type: 'order.placed',
        subject: 'orders/ä 1%',
        time: '2026-02-03T04:05:06.789Z',
        data,
        headers: {
          'ce-tenant': 'nord',
          'ce-dataschema': 'https://shop.example/order',
          'ce-datacontenttype': 'application/json',
        },
        receipt: null,
      });
    }
    const again = await send({ 'content-type': JSON_FORMAT }, JSON.stringify({ ...two, data }));
    expect(again).toMatchObject({ status: 202, body: { duplicate: true, position: positions[1] } });
  });

  it('in binary mode that comes again with another attribute is a duplicate of other content', async () => {
    const headers = { ...ce({ subject: 'a' }), 'content-type': 'application/json' };
    expect((await send(headers, '{}')).body).toMatchObject({ duplicate: false, sameContent: true });
    expect((await send(headers, '{}')).body).toMatchObject({ duplicate: true, sameContent: true });
    expect((await send({ ...headers, 'ce-subject': 'b' }, '{}')).body).toMatchObject({
      duplicate: true,
      sameContent: false,
    });
  });

  it('of a known id and another source is another event, and so is the reverse (A127)', async () => {
    const headers = { ...ce(), 'content-type': 'application/json' };
    const answers = [
      await send(headers, '1'),
      await send({ ...headers, 'ce-source': '/other' }, '1'),
      await send({ ...headers, 'ce-id': uuidv7() }, '1'),
      await send(headers, '1'),
    ];
    expect(answers.map(({ body }) => body.duplicate)).toEqual([false, false, false, true]);
  });

  it.each<[string, string, string | Buffer, unknown]>([
    ['JSON', 'application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['JSON of another name', 'application/vnd.shop+json; charset=utf-8', '"x"', 'x'],
    ['JSON without a content type', '', '[1]', [1]],
    ['nothing', '', '', null],
    ['a text', 'text/plain; charset=UTF-8', 'häh?', 'häh?'],
    ['a text in another encoding', 'text/plain; charset=iso-8859-1', Buffer.from([0xe4]), '5A=='],
    ['bytes', 'application/octet-stream', Buffer.from([0, 255, 128]), 'AP+A'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y&a=2', { a: ['1', '2'], b: 'x y' }],
    ['XML, which is not parsed', 'application/xml', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', expect.any(String)],
  ])('in binary mode carries %s', async (_name, contentType, body, data) => {
    const answer = await send({ ...ce(), ...(contentType === '' ? {} : { 'content-type': contentType }) }, body);
    expect(answer.status).toBe(202);
    expect((await stored(answer.body.position)).data).toEqual(data);
  });

  it('is read in structured mode from the body alone, whatever its headers repeat', async () => {
    const event = eventOf({ subject: 'of the body' });
    const headers = { ...ce({ subject: 'of%C0%A0the header', type: 'other' }), 'content-type': JSON_FORMAT };
    const answer = await send(headers, JSON.stringify(event));
    expect(await stored(answer.body.position)).toMatchObject({ id: event.id, subject: 'of the body' });
  });

  it('has no attribute that is null', async () => {
    const event = eventOf({ subject: null, time: null, extra: null, data: null });
    const answer = await send({ 'content-type': JSON_FORMAT }, JSON.stringify(event));
    expect(answer.status).toBe(202);
    expect(await stored(answer.body.position)).toMatchObject({ subject: null, headers: {}, data: null });
  });

  it.each([64, 1000])('of %d KiB is taken in every mode', async (kib) => {
    const data = 'x'.repeat(kib * 1024);
    const answers = [
      await send({ 'content-type': JSON_FORMAT }, JSON.stringify(eventOf({ data }))),
      await send({ 'content-type': BATCH_FORMAT }, JSON.stringify([eventOf({ data })])),
      await send({ ...ce(), 'content-type': 'text/plain' }, data),
      await send({ ...ce(), 'content-type': 'application/octet-stream' }, Buffer.alloc(kib * 1024, 0xff)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  });
});

describe('a batch', () => {
  const batch = (events: unknown) => send({ 'content-type': BATCH_FORMAT }, JSON.stringify(events));

  it('is answered event by event, with duplicates marked, and starts what each of them starts', async () => {
    const type = `order.${uuidv7()}`;
    await doors.published(owner, workflow({ kind: 'trigger.event', event: { type } }).end().graph());
    const known = eventOf({ type });
    await send({ 'content-type': JSON_FORMAT }, JSON.stringify(known));
    const twice = eventOf({ type });
    const answer = await batch([known, twice, eventOf({ type: 'other' }), twice]);
    expect(answer).toMatchObject({
      status: 202,
      body: {
        events: [
          { id: known.id, duplicate: true, sameContent: true, runs: [{}] },
          { id: twice.id, duplicate: false, runs: [{}] },
          { duplicate: false, runs: [] },
          { id: twice.id, duplicate: true, sameContent: true, runs: [{}] },
        ],
        woken: 0,
      },
    });
    const [, first, , second] = answer.body.events ?? [];
    expect([second?.position, second?.runs]).toEqual([first?.position, first?.runs]);
  });

  it('wakes a run that waits for one of its events', async () => {
    const type = `paid.${uuidv7()}`;
    const run = await doors.run(owner, workflow().wait('paid', { type }).end().graph());
    expect((await batch([eventOf(), eventOf({ type })])).body.woken).toBe(1);
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('completed');
  });

  it('keeps each event as it came, digit by digit', async () => {
    const { id } = eventOf();
    const text = `{"specversion":"1.0","id":"${id}","source":"/s","type":"t","data":{"n":9007199254740993.10}}`;
    const answer = await send({ 'content-type': BATCH_FORMAT }, `[ ${text} ,${JSON.stringify(eventOf())}]`);
    const { rows } = await doors.database.pool.query<{ raw: Buffer }>('SELECT raw FROM event WHERE position = $1', [
      answer.body.events?.[0]?.position,
    ]);
    expect(rows[0]?.raw.toString()).toBe(text);
  });

  it('that comes twenty times at once, in either order, stores and starts each event once', async () => {
    const type = `order.${uuidv7()}`;
    await doors.published(owner, workflow({ kind: 'trigger.event', event: { type } }).end().graph());
    const events = Array.from({ length: 20 }, () => eventOf({ type }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => batch(n % 2 === 0 ? events : [...events].reverse())),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const told = answers.flatMap(({ body }) => body.events ?? []);
    expect(told.filter(({ duplicate }) => !duplicate)).toHaveLength(20);
    expect(new Set(told.map(({ position }) => position)).size).toBe(20);
    expect(new Set(told.flatMap(({ runs }) => runs.map(({ runId }) => runId))).size).toBe(20);
  });

  it('of none is taken; of the most, too (A124)', async () => {
    expect(await batch([])).toMatchObject({ status: 202, body: { events: [], woken: 0 } });
    const most = await batch(Array.from({ length: MOST_EVENTS_PER_BATCH }, () => eventOf()));
    expect(most.body.events).toHaveLength(MOST_EVENTS_PER_BATCH);
  });

  it.each<[string, () => unknown, number, string, string | null]>([
    [
      'of one too many',
      () => Array.from({ length: MOST_EVENTS_PER_BATCH + 1 }, () => ({})),
      413,
      'body.too-large',
      null,
    ],
    ['of 10,000', () => Array.from({ length: 10_000 }, () => ({})), 413, 'body.too-large', null],
    ['with one bad element', () => [eventOf(), eventOf({ id: '' }), eventOf()], 400, 'request.invalid', 'body.1.id'],
    ['with a plain event', () => [eventOf(), { type: 't' }], 400, 'request.invalid', 'body.1.specversion'],
    ['with null', () => [null], 400, 'request.invalid', 'body.0'],
    ['in a batch', () => [[eventOf()]], 400, 'request.invalid', 'body.0'],
    ['that is one event', () => eventOf(), 400, 'request.invalid', 'body'],
    [
      'with broken bytes',
      () => [eventOf({ datacontenttype: 'application/json', data_base64: 'AA==' })],
      400,
      'body.malformed',
      null,
    ],
  ])('%s is refused, and nothing of it is stored (A124)', async (_name, events, status, code, path) => {
    const before = await count();
    const answer = await batch(events());
    expect(answer).toMatchObject({ status, body: { code } });
    if (path !== null) expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    expect(await count()).toBe(before);
  });
});

describe('a form', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it.each<[string, Record<string, string>, string]>([
    ['the address', {}, '/events?type=form.sent&source=/forms&id=f-1&subject=s'],
    ['headers', { 'ce-type': 'form.sent', 'ce-source': '/forms', 'ce-id': 'f-2', 'ce-subject': 's' }, '/events'],
  ])('says in %s what it is', async (_name, headers, path) => {
    const answer = await send({ ...form, ...headers }, 'name=A%C3%A4&x=1&x=2', path);
    expect(answer.status).toBe(202);
    expect(await stored(answer.body.position)).toMatchObject({
      type: 'form.sent',
      source: '/forms',
      subject: 's',
      data: { name: 'Aä', x: ['1', '2'] },
    });
  });

  it.each<[string, Record<string, string>, string, string, string]>([
    ['without a type', {}, '/events', 'a=1', 'query.type'],
    ['with its type twice', { 'ce-type': 'a' }, '/events?type=b', 'a=1', 'query.type'],
    ['of a source of ours', {}, '/events?type=t&source=/hooks/1', 'a=1', 'headers.ce-source'],
    ['with a type of control characters', {}, '/events?type=a%0Ab', 'a=1', 'query.type'],
  ])('%s is refused', async (_name, headers, path, body, fault) => {
    const answer = await send({ ...form, ...headers }, body, path);
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.errors?.map((error) => error.path)).toContain(fault);
  });

  it.each([
    ['of 10,001 fields', 'a=1&'.repeat(10_001)],
    ['with a poisoned name', '__proto__=1'],
    ['of bytes that are no UTF-8', Buffer.from([0x61, 0x3d, 0xff])],
    ['with a NUL', 'a=%00'],
  ])('%s is refused', async (_name, body) => {
    const answer = await send(form, body, '/events?type=t');
    expect(answer).toMatchObject({ status: 400, body: { code: 'body.malformed' } });
  });
});

describe('an attack on the door', () => {
  const json = { 'content-type': 'application/json' };
  const missing = (name: string) => (): Headers => ({ ...without(ce(), `ce-${name}`), ...json });

  it.each<[string, () => Headers, number, string, string]>([
    ['no id (A116)', missing('id'), 400, 'request.invalid', 'headers.ce-id'],
    ['no source (A116)', missing('source'), 400, 'request.invalid', 'headers.ce-source'],
    ['no type (A116)', missing('type'), 400, 'request.invalid', 'headers.ce-type'],
    ['no specversion (A116)', missing('specversion'), 400, 'request.invalid', 'headers.ce-specversion'],
    [
      'another version',
      () => ({ ...ce({ specversion: '0.3' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-specversion',
    ],
    ['an empty id', () => ({ ...ce({ id: '' }), ...json }), 400, 'request.invalid', 'headers.ce-id'],
    [
      'a hyphen in a name (A118)',
      () => ({ ...ce({ 'trace-parent': 'x' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-trace-parent',
    ],
    [
      '21 letters (A118)',
      () => ({ ...ce({ ['a'.repeat(21)]: 'x' }), ...json }),
      400,
      'request.invalid',
      `headers.ce-${'a'.repeat(21)}`,
    ],
    ['data in a header', () => ({ ...ce({ data: '{}' }), ...json }), 400, 'request.invalid', 'headers.ce-data'],
    [
      'bytes in a header',
      () => ({ ...ce({ data_base64: 'AA==' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-data_base64',
    ],
    [
      'ce-datacontenttype (A121)',
      () => ({ ...ce({ datacontenttype: 'text/plain' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-datacontenttype',
    ],
    [
      'an overlong form (A122)',
      () => ({ ...ce({ subject: 'a%C0%A0b' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-subject',
    ],
    [
      'bytes that are no UTF-8 (A122)',
      () => ({ ...ce({ subject: 'a%FFb' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-subject',
    ],
    [
      'a bare percent sign (A122)',
      () => ({ ...ce({ subject: '50%' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-subject',
    ],
    [
      'a quotation without end (A122)',
      () => ({ ...ce({ subject: '"a' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-subject',
    ],
    ['an encoded NUL', () => ({ ...ce({ subject: 'a%00b' }), ...json }), 400, 'request.invalid', 'headers.ce-subject'],
    [
      'an encoded line end (header injection)',
      () => ({ ...ce({ id: 'a%0D%0AX: y' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-id',
    ],
    [
      'a header twice',
      () => ({ ...without(ce(), 'ce-id'), 'ce-id': ['a', 'b'], ...json }),
      400,
      'request.invalid',
      'headers.ce-id',
    ],
    [
      'a source of ours',
      () => ({ ...ce({ source: '/runs/1' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-source',
    ],
    [
      'a source of ours, encoded',
      () => ({ ...ce({ source: '%2Fruns%2F1' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-source',
    ],
    [
      'a time that is none',
      () => ({ ...ce({ time: 'yesterday' }), ...json }),
      400,
      'request.invalid',
      'headers.ce-time',
    ],
    [
      'an id of 256 characters',
      () => ({ ...ce({ id: 'x'.repeat(256) }), ...json }),
      400,
      'request.invalid',
      'headers.ce-id',
    ],
    ['avro (A125)', () => ({ 'content-type': 'application/cloudevents+avro' }), 415, 'body.unsupported-type', ''],
    [
      'a batch of avro (A125)',
      () => ({ 'content-type': 'application/cloudevents-batch+avro' }),
      415,
      'body.unsupported-type',
      '',
    ],
    ['no format', () => ({ ...ce(), 'content-type': 'application/cloudevents' }), 415, 'body.unsupported-type', ''],
    ['UTF-16', () => ({ 'content-type': `${JSON_FORMAT}; charset=utf-16` }), 415, 'body.unsupported-type', ''],
    ['XML', () => ({ 'content-type': 'application/xml' }), 415, 'body.unsupported-type', ''],
    ['multipart', () => ({ 'content-type': 'multipart/form-data; boundary=x' }), 415, 'body.unsupported-type', ''],
  ])('in its headers, %s, is refused and leaves nothing', async (_name, headers, status, code, path) => {
    const before = await count();
    const answer = await send(headers(), '{}');
    expect(answer).toMatchObject({ status, body: { code } });
    if (path !== '') expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    expect(await count()).toBe(before);
  });

  it('whose percent-encoding is doubled stays encoded once (A122)', async () => {
    const answer = await send({ ...ce({ subject: '%2541%2500' }), ...json }, '{}');
    expect((await stored(answer.body.position)).subject).toBe('%41%00');
  });

  it.each<[string, object, string]>([
    ['no specversion', { specversion: undefined }, 'body.specversion'],
    ['data twice (A119)', { data: 1, data_base64: 'AA==' }, 'body.data_base64'],
    ['an upper-case name (A118)', { traceParent: 'x' }, 'body.traceParent'],
    ['a name beyond ASCII (A118)', { größe: 'x' }, 'body.größe'],
    ['a control character', { subject: 'a\u0085b' }, 'body.subject'],
    ['a control character in an extension', { extra: 'a\nb' }, 'body.extra'],
    ['a noncharacter', { subject: 'a\uffff' }, 'body.subject'],
  ])('in a structured event, %s, is refused', async (_name, fields, path) => {
    const answer = await send({ 'content-type': JSON_FORMAT }, JSON.stringify(eventOf(fields)));
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.errors?.map((error) => error.path)).toContain(path);
  });

  const traps: [string, string | Buffer][] = [
    ['a number beyond a double (A100)', '1e400'],
    ['100,000 keys (A101)', `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":1`).join(',')}}`],
    ['a poisoned key (A103)', '{"__proto__":{"isAdmin":true}}'],
    ['a poisoned constructor (A104)', '{"constructor":{"prototype":{"x":1}}}'],
    ['UTF-16 (A106)', Buffer.from('\ufeff{}', 'utf16le')],
    ['invalid UTF-8 (A106)', Buffer.from([0x22, 0xff, 0x22])],
    ['an overlong form (A106)', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
    ['a lone surrogate (A106)', '"\\ud800"'],
    ['a NUL (A106)', '"\\u0000"'],
    ['a bare NUL', Buffer.from([0x22, 0, 0x22])],
    ['65 levels', '['.repeat(65) + ']'.repeat(65)],
    ['100,000 levels', '['.repeat(100_000)],
    ['a comma too many', '[1,]'],
    ['a comment', '/**/1'],
    ['NaN', 'NaN'],
    ['a leading zero', '[01]'],
    ['single quotes', "{'a':1}"],
    ['two values', '1 2'],
    ['a raw line end in a text', '"a\nb"'],
    ['a bad escape', '"\\x41"'],
    ['white space alone', ' '],
    ...[
      '[1,,2]',
      '[,1]',
      '["x"',
      '["x",',
      '[1:2]',
      '{"a":1,}',
      '{"a" 1}',
      '{"a":}',
      '{a:1}',
      '{1:1}',
      '{"a":1 "b":2}',
      '{"a":1}}',
      '["a"]]',
      '[1}',
      '{"a":1]',
      '+1',
      '-',
      '--1',
      '-01',
      '.5',
      '1.',
      '1e',
      '1e+',
      '1e5.2',
      '0x1F',
      '0b1',
      '1_000',
      'Infinity',
      '-Infinity',
      '-1e400',
      '１',
      'nul',
      'True',
      'undefined',
      '"',
      '"\\"',
      '"\\u12"',
      '"\\uZZZZ"',
      '"\\ud83d"',
      '"\\ude00\\ud83d"',
      '"\ta"',
      "'a'",
      '`a`',
      '<a/>',
      '// 1',
      '1 // 2',
      '\u00a01',
      '\u2028 1',
      '{"a":{"__proto__":1}}',
      '[{"\\u005f_proto__":1}]',
      '{"constructor":{"\\u0070rototype":1}}',
      '{"\\u0000":1}',
      '{"\\ud800":1}',
    ].map((text): [string, string] => [JSON.stringify(text), text]),
  ];

  it.each(traps)('in JSON, %s, gives 400 in every mode and leaves nothing', async (_name, trap) => {
    const before = await count();
    const text = Buffer.from(trap);
    const inside = (open: string) =>
      Buffer.concat([Buffer.from(`${open}${JSON.stringify(eventOf()).slice(0, -1)},"data":`), text, Buffer.from('}')]);
    const answers = [
      await send({ ...ce(), ...json }, text),
      await send(json, Buffer.concat([Buffer.from('{"type":"t","data":'), text, Buffer.from('}')])),
      await send({ 'content-type': JSON_FORMAT }, inside('')),
      await send({ 'content-type': BATCH_FORMAT }, Buffer.concat([inside('['), Buffer.from(']')])),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [400, 'body.malformed']));
    expect(await count()).toBe(before);
  });

  it.each<[string, string, unknown]>([
    ['an integer beyond 2^53, which is rounded (A100)', '9007199254740993', 9007199254740992],
    ['minus zero (A100)', '[-0]', [0]],
    ['a byte order mark (A106)', '\ufeff{"a":1}', { a: 1 }],
    ['a key twice: the last counts', '{"a":1,"a":2}', { a: 2 }],
    ['an escaped pair of surrogates', '"\\ud83d\\ude00"', '😀'],
    ['64 levels', '['.repeat(64) + ']'.repeat(64), expect.any(Array)],
    ['a constructor that is none', '{"constructor":"Bach"}', { constructor: 'Bach' }],
  ])('that is none: %s, is taken', async (_name, text, data) => {
    const answer = await send({ ...ce(), ...json }, text);
    expect(answer.status).toBe(202);
    expect((await stored(answer.body.position)).data).toEqual(data);
  });

  it('of 17 MiB is refused in every mode', async () => {
    const data = 'x'.repeat(17 * 1024 * 1024);
    const answers = [
      await send({ 'content-type': JSON_FORMAT }, JSON.stringify(eventOf({ data }))),
      await send({ 'content-type': BATCH_FORMAT }, JSON.stringify([eventOf({ data })])),
      await send({ ...ce(), 'content-type': 'text/plain' }, data),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [413, 'body.too-large']));
  });

  it('by attributes in the address, where an event has its own, is refused', async () => {
    const answer = await send(json, '{"type":"t"}', '/events?type=other');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'query.type' }] } });
  });

  it('may be what it likes when nobody knows the sender', async () => {
    const before = await count();
    const answer = await send({ ...ce(), ...json, cookie: '' }, '1e400');
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.required' } });
    expect(await count()).toBe(before);
  });
});

describe('the handshake of CloudEvents webhooks', () => {
  it('lets whoever asks send, without a key, and stores nothing', async () => {
    const before = await count();
    const asking = { cookie: '', 'webhook-request-origin': 'events.example.com', 'webhook-request-rate': '120' };
    const answer = await send(asking, '', '/events', 'OPTIONS');
    expect(answer).toMatchObject({
      status: 200,
      headers: { allow: 'POST', 'webhook-allowed-origin': 'events.example.com', 'webhook-allowed-rate': '*' },
    });
    expect(await count()).toBe(before);
  });

  it('is none without an origin', async () => {
    const answer = await send({ cookie: '' }, '', '/events', 'OPTIONS');
    expect(answer).toMatchObject({ status: 204, headers: { allow: 'GET, POST' } });
    expect(answer.headers['webhook-allowed-origin']).toBeUndefined();
  });
});

describe('the search', () => {
  interface Page {
    readonly items: EventSummary[];
    readonly nextCursor: string | null;
  }
  const prefix = `search.${uuidv7()}`;
  const search = async (query: Record<string, string>, headers = owner): Promise<Page> => {
    const answer = await doors.api<Page>('GET', `/events?${new URLSearchParams(query).toString()}`, { headers });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const ids = async (query: Record<string, string>, headers = owner) =>
    (await search(query, headers)).items.map(({ id }) => id);

  beforeAll(async () => {
    const shop = [0, 1, 2].map((n) =>
      eventOf({
        id: `${prefix}-${n}`,
        source: `/shop/${n % 2}`,
        type: `${prefix}.${n === 2 ? 'paid' : 'placed'}`,
        subject: `order-${n}`,
        tenant: `t${n}`,
        data: { order: { id: `A-${n}`, total: n, open: n === 1 }, lines: [{ sku: `s${n}` }] },
      }),
    );
    for (const event of shop) await send({ 'content-type': JSON_FORMAT }, JSON.stringify(event));
  });

  it.each<[Record<string, string>, number[]]>([
    [{ type: `${prefix}*` }, [2, 1, 0]],
    [{ type: `${prefix}.placed` }, [1, 0]],
    [{ type: `${prefix}.p` }, []],
    [{ type: `${prefix}*`, source: '/shop/0' }, [2, 0]],
    [{ type: `${prefix}*`, source: '/shop/*' }, [2, 1, 0]],
    [{ type: `${prefix}*`, subject: 'order-1' }, [1]],
    [{ type: `${prefix}*`, subject: 'order-*' }, [2, 1, 0]],
    [{ id: `${prefix}-1` }, [1]],
    [{ type: `${prefix}*`, where: 'data.order.id=A-2' }, [2]],
    [{ type: `${prefix}*`, where: 'data.order.total=1' }, [1]],
    [{ type: `${prefix}*`, where: 'data.order.open=false' }, [2, 0]],
    [{ type: `${prefix}*`, where: 'data.lines.0.sku=s1' }, [1]],
    [{ type: `${prefix}*`, where: 'headers.ce-tenant=t0' }, [0]],
    [{ type: `${prefix}*`, where: 'data.order.absent=' }, []],
    [{ type: `${prefix}*`, where: "data.order.id=' OR 1=1 --" }, []],
    [{ type: `${prefix}*`, from: '2020-01-01T00:00:00Z' }, [2, 1, 0]],
    [{ type: `${prefix}*`, to: '2020-01-01T00:00:00Z' }, []],
    [{ type: '%' }, []],
  ])('for %j finds %j, newest first', async (query, found) => {
    expect(await ids(query)).toEqual(found.map((n) => `${prefix}-${n}`));
  });

  it('takes several conditions, all of which must hold', async () => {
    const two = (last: string) => `/events?type=${prefix}*&where=data.order.total%3D1&where=${last}`;
    const found = await doors.api<Page>('GET', two('data.order.id%3DA-1'), { headers: owner });
    const none = await doors.api<Page>('GET', two('data.order.id%3DA-2'), { headers: owner });
    expect([found.body.items.length, none.body.items.length]).toEqual([1, 0]);
  });

  it('comes in pages, each event once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await search({ type: `${prefix}*`, limit: '1', ...(cursor === null ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(1);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([2, 1, 0].map((n) => `${prefix}-${n}`));
  });

  it('pages through all events without gaps, batches of one instant included', async () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await search({ limit: '200', ...(cursor === null ? {} : { cursor }) });
      seen.push(...page.items.map(({ position }) => position));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(await count());
  });

  it('shows an event with what it started', async () => {
    const type = `${prefix}.starts`;
    const made = await doors.published(owner, workflow({ kind: 'trigger.event', event: { type } }).end().graph());
    const { body } = await send({ 'content-type': JSON_FORMAT }, JSON.stringify(eventOf({ type, data: { n: 1 } })));
    const event = await stored(body.position);
    expect(event).toMatchObject({
      type,
      data: { n: 1 },
      runs: 1,
      started: [{ runId: body.runs?.[0]?.runId, workflowId: made.id, workflowName: made.name, status: 'queued' }],
    });
    expect(event.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await search({ type })).items).toMatchObject([{ position: body.position, runs: 1 }]);
  });

  it('finds and shows nothing of another workspace', async () => {
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    expect(await ids({ type: `${prefix}*` }, stranger)).toEqual([]);
    const [event] = (await search({ type: `${prefix}*` })).items;
    const answer = await doors.api('GET', `/events/${event?.position}`, { headers: stranger });
    expect(answer).toMatchObject({ status: 404, body: { code: 'event.not-found' } });
  });

  it.each([
    ['where=data.order.id', 'query.where'],
    ['where=trigger.id=1', 'query.where'],
    ['where=data..id=1', 'query.where'],
    ['from=yesterday', 'query.from'],
    ['limit=0', 'query.limit'],
    ['limit=1000', 'query.limit'],
    ['cursor=abc', 'query.cursor'],
    ['cursor=WzEsMCwyXQ', 'query.cursor'],
    ['type=', 'query.type'],
    ['type=a%00', 'query'],
    [`${'where=data.a=1&'.repeat(6)}`, 'query.where'],
  ])('refuses %s', async (query, path) => {
    const answer = await doors.api('GET', `/events?${query}`, { headers: owner });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.errors?.map((error) => error.path)).toContain(path);
  });

  it.each(['0', '-1', 'x', '9007199254740993', '1e99'])('refuses the position %s', async (position) => {
    expect((await doors.api('GET', `/events/${position}`, { headers: owner })).status).toBe(400);
  });
});
