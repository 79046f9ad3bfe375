/**
 * What finding the triggers of an event costs with 10 and with 10,000 of them live, as a ratio: in the index alone, and through the
 * door (batches of 100 events, nothing but storing and matching, in turn to two workspaces of the same product).
 *
 * All triggers want the same type. Filters are of each kind: equality, prefix, suffix, range, wildcard, a list of objects, CESQL.
 */
import { randomUUID } from 'node:crypto';
import { TriggerIndex } from '@sagawright/shared/event';
import type { EventFilter, SeenEvent } from '@sagawright/shared/event';
import { insertApiKey, randomToken, sha256 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';
import type { Figure, Target } from './figures.js';
import { timed } from './timed.js';

const FEW = 10;
const MANY = 10_000;
const TYPE = 'order.placed';
const EVENTS_AT_ONCE = 100;
const CONNECTIONS = 4;
const atMostRatio = (bound: number): Target => ({ text: `ratio <= ${bound}`, isMet: (_, ratio) => ratio <= bound });

function filterOf(n: number): EventFilter {
  const kinds: (() => EventFilter)[] = [
    () => ({ data: { customer: [`c-${n}`], country: ['DE', 'AT'] } }),
    () => ({ data: { code: [{ prefix: `p${n}-` }] } }),
    () => ({ data: { code: [{ suffix: `-s${n}` }] } }),
    () => ({ data: { total: [{ numeric: ['>=', n * 10, '<', n * 10 + 10] }] } }),
    () => ({ data: { note: [{ wildcard: `*word${n}*` }] } }),
    () => ({ data: { lines: { sku: [`sku-${n}`], quantity: [{ numeric: ['>', 1] }] } } }),
    () => `source = '/shop/${n}' AND tenant = 'acme'`,
  ];
  return (kinds[n % kinds.length] ?? kinds[0])?.() ?? {};
}

/** What trigger `n` alone is meant for, if there is one; events of a number beyond all triggers match none. */
function dataOf(n: number): SeenEvent['data'] {
  return {
    customer: `c-${n}`,
    country: 'DE',
    code: `p${n}-s${n}`,
    total: n * 10 + 5,
    note: `a note with word${n} in it`,
    lines: [
      { sku: `sku-${n}`, quantity: 2 },
      { sku: 'other', quantity: 1 },
    ],
  };
}

const seen = (n: number): SeenEvent => ({
  id: `e-${n}`,
  source: `/shop/${n}`,
  type: TYPE,
  subject: null,
  time: '2026-01-01T00:00:00Z',
  data: dataOf(n),
  headers: { 'ce-tenant': 'acme' },
});

export async function benchMatch(bench: Bench): Promise<Figure[]> {
  return [inIndex(bench), await throughDoor(bench)];
}

/** Microseconds per event; half of the events match one trigger, half match none. */
function inIndex({ quick, rounds }: Bench): Figure {
  const repeats = quick ? 50 : 2000;
  const indexOf = (count: number): TriggerIndex<number> => {
    const index = new TriggerIndex<number>();
    for (let n = 0; n < count; n += 1) index.add(n, { type: TYPE, filter: filterOf(n) });
    return index;
  };
  const events = Array.from({ length: 2 * FEW }, (_, n) => seen(n < FEW ? n : MANY + n));
  const indexes = [indexOf(FEW), indexOf(MANY)];
  const found = indexes.map((): number[] => []);
  for (let round = -1; round < Math.max(3, rounds); round += 1) {
    indexes.forEach((index, at) => {
      const { cpuMs, result } = timed(() => {
        let matched = 0;
        for (let n = 0; n < repeats; n += 1) for (const event of events) matched += index.match(event).length;
        return matched;
      });
      if (result !== repeats * FEW) throw new Error(`The index found ${result} triggers, not ${repeats * FEW}.`);
      if (round >= 0) found[at]?.push((cpuMs * 1000) / (repeats * events.length));
    });
  }
  const [few = [], many = []] = found;
  return {
    workload: 'match',
    what: `finding the triggers of an event among ${MANY}, in the index`,
    unit: 'µs CPU',
    values: many,
    beside: { what: `among ${FEW}`, values: few },
    target: atMostRatio(3),
  };
}

interface Site {
  readonly key: string;
  readonly sent: number[];
}

/** Processor time of backend and database so far, milliseconds. */
function spentBy(bench: Bench): number {
  const spent = bench.cpu();
  return (spent.get('backend') ?? NaN) + (spent.get('postgres') ?? NaN);
}

/** Processor time of backend and database per event that is stored and matches nothing. */
async function throughDoor(bench: Bench): Promise<Figure> {
  const sites = [await siteWith(bench, FEW), await siteWith(bench, MANY)];
  const requests = bench.quick ? 4 : 120;
  for (let round = -1; round < bench.rounds; round += 1) {
    for (const site of sites) {
      const before = spentBy(bench);
      await send(bench, site, round < 0 ? CONNECTIONS : requests);
      if (round >= 0) site.sent.push(((spentBy(bench) - before) * 1000) / (requests * EVENTS_AT_ONCE));
    }
  }
  const [few, many] = sites;
  return {
    workload: 'match',
    what: `an event through the door, with ${MANY} live triggers`,
    unit: 'µs CPU',
    values: many?.sent ?? [],
    beside: { what: `with ${FEW}`, values: few?.sent ?? [] },
    target: atMostRatio(3),
  };
}

async function send(bench: Bench, site: Site, requests: number): Promise<void> {
  let left = requests;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const events = Array.from({ length: EVENTS_AT_ONCE }, (_, n) => {
        const { type, data } = seen(MANY + n);
        const attributes = { specversion: '1.0', id: randomUUID(), source: `/shop/${MANY + n}`, tenant: 'acme' };
        return { ...attributes, type, data };
      });
      const answer = await fetch(`${bench.stage.backendUrl}/api/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${site.key}`, 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events),
      });
      if (answer.status !== 202) throw new Error(`The door answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

/** A workspace with so many live triggers, one per workflow, and a key to it. */
async function siteWith({ stage }: Bench, count: number): Promise<Site> {
  const { pool } = stage.db;
  const [workspaceId, userId] = [randomUUID(), randomUUID()];
  await pool.query(`INSERT INTO workspace (id, name) VALUES ($1, 'Bench')`, [workspaceId]);
  await pool.query(`INSERT INTO app_user (id, workspace_id, email, name, role) VALUES ($1, $2, $3, 'Bench', 'owner')`, [
    userId,
    workspaceId,
    `${userId}@example.com`,
  ]);
  const body = `wf_live_${randomToken(256)}`;
  const key = body + sha256(body).toString('hex').slice(0, 6);
  await insertApiKey(pool, workspaceId, {
    id: randomUUID(),
    createdBy: userId,
    name: 'bench',
    prefix: key.slice(0, 12),
    keyHash: sha256(key),
    scopes: ['runs:start'],
    expiresInDays: null,
  });
  const all = Array.from({ length: count }, (_, n) => {
    const saga = workflow({ kind: 'trigger.event', event: { type: TYPE, filter: filterOf(n) } }).end();
    return { workflowId: randomUUID(), versionId: randomUUID(), definition: JSON.stringify(saga.definition()) };
  });
  const workflows = all.map((each) => each.workflowId);
  const versions = all.map((each) => each.versionId);
  await pool.query(
    `INSERT INTO workflow (id, workspace_id, name, published_number) SELECT id, $1, 'Bench', 1 FROM unnest($2::uuid[]) AS id`,
    [workspaceId, workflows],
  );
  await pool.query(
    `INSERT INTO workflow_version (id, workflow_id, number, graph, definition, note, published_by)
     SELECT v, w, 1, '{}', d, '', 'bench' FROM unnest($1::uuid[], $2::uuid[], $3::json[]) AS i (v, w, d)`,
    [versions, workflows, all.map((each) => each.definition)],
  );
  await pool.query(
    `INSERT INTO trigger (id, workspace_id, workflow_id, node_id, kind, name, version_id)
     SELECT gen_random_uuid(), $1, w, 'start', 'trigger.event', 'Start', v FROM unnest($2::uuid[], $3::uuid[]) AS i (w, v)`,
    [workspaceId, workflows, versions],
  );
  return { key, sent: [] };
}
