/**
 * A107: texts that are no JSON (`n_*.json` of a JSON parsing suite, wherever they lie under `CONFORMANCE_DATA`), sent through the real
 * door in every way that JSON comes in: 400 and nothing stored, never 5xx.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Problem } from '@sagawright/shared/contracts';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../../backend/src/testing/doors.js';
import { Suite } from './suite.js';

const suite = new Suite('json-parsing');

/** What every JSON parsing suite has among its cases, so that the sweep says something without one. */
const KNOWN: readonly [name: string, bytes: Buffer][] = [
  ['an array that is not closed', Buffer.from('[1')],
  ['a comma too many', Buffer.from('[1,]')],
  ['two values', Buffer.from('{}{}')],
  ['a leading zero', Buffer.from('[012]')],
  ['a plus sign', Buffer.from('[+1]')],
  ['NaN', Buffer.from('[NaN]')],
  ['single quotes', Buffer.from("{'a':0}")],
  ['a control character in a text', Buffer.from('["a\u0000b"]')],
  ['a tab in a text', Buffer.from('["\t"]')],
  ['an escape that is none', Buffer.from('["\\x00"]')],
  ['half of an escape', Buffer.from('["\\u00A"]')],
  ['a byte that is not UTF-8', Buffer.from([0x5b, 0x22, 0xe5, 0x22, 0x5d])],
  ['a comment', Buffer.from('{"a":/*c*/1}')],
  ['nothing', Buffer.alloc(0)],
  ['a hundred thousand arrays', Buffer.from('['.repeat(100_000))],
  ['objects without an end', Buffer.from('[{"":'.repeat(50_000))],
];

function found(folder: string): [string, Buffer][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^n_.*\.json$/.test(entry.name))
    .map((entry) => [basename(entry.name, '.json'), readFileSync(join(entry.parentPath, entry.name))]);
}

const data = process.env['CONFORMANCE_DATA'];
const cases = [...KNOWN, ...(data === undefined ? [] : found(data))];

let doors: Doors;
let owner: Record<string, string>;
let hook: string;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  const made = await doors.published(owner, workflow({ kind: 'trigger.webhook', scheme: 'none' }).end().graph());
  hook = new URL(made.triggers[0]?.url ?? '').pathname;
}, 120_000);

afterAll(async () => {
  suite.write();
  await doors.close();
});

const stored = async (): Promise<unknown> =>
  (await doors.database.pool.query('SELECT count(*) AS events, (SELECT count(*) FROM run) AS runs FROM event')).rows[0];

const binary = { 'ce-specversion': '1.0', 'ce-id': 'n', 'ce-source': '/n', 'ce-type': 'n' };

/** Every way for JSON to come in. */
const WAYS: readonly [way: string, headers: Record<string, string>][] = [
  ['a plain event', { 'content-type': 'application/json' }],
  ['a CloudEvent', { 'content-type': 'application/cloudevents+json' }],
  ['a batch', { 'content-type': 'application/cloudevents-batch+json' }],
  ['the data of a CloudEvent in binary mode', { 'content-type': 'application/json', ...binary }],
];

describe('what is no JSON (A107)', () => {
  it.each(WAYS)('is refused as %s, and nothing is stored', async (way, headers) => {
    const before = await stored();
    for (const [name, raw] of cases) {
      // An event need not have data.
      if ('ce-id' in headers && raw.length === 0) {
        suite.except(`${way}: ${name}`, 'an event in binary mode with an empty body is one without data');
        continue;
      }
      const answer = await sent('/api/v1/events', { ...owner, ...headers }, raw);
      expect(suite.record(`${way}: ${name}`, answer === 400 ? null : `answered ${answer}`)).toBeNull();
    }
    expect(await stored()).toEqual(before);
  });

  it('is refused as the delivery of a webhook, and nothing is stored', async () => {
    const before = await stored();
    for (const [name, raw] of cases) {
      const answer = await sent(hook, { 'content-type': 'application/json' }, raw);
      expect(suite.record(`webhook: ${name}`, answer === 400 ? null : `answered ${answer}`)).toBeNull();
    }
    expect(await stored()).toEqual(before);
  });
});

async function sent(path: string, headers: Record<string, string>, body: Buffer): Promise<number> {
  const response = await fetch(doors.base + path, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  });
  // One that is taken is told by its status; whatever is refused says why.
  if (!response.ok) expect(((await response.json()) as Problem).code).toMatch(/^[a-z-]+\.[a-z-]+$/);
  return response.status;
}
