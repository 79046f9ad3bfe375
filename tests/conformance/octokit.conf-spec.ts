/** Every payload of `@octokit/webhooks-examples`, signed as GitHub signs: let in by the webhook door, typed, and found again. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@octokit/webhooks-examples';
import { sign } from '@octokit/webhooks-methods';
import type { EventSummary, StoredEvent } from '@sagawright/shared/contracts';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../../backend/src/testing/doors.js';

/** The package's default, and its five releases of GitHub Enterprise. */
const FOLDERS = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'];
const SECRET = 'It is a secret of some length';
/** Deliveries under way at once. */
const AT_ONCE = 24;

interface Payload {
  readonly name: string;
  readonly action: string | null;
  readonly body: string;
}

const require = createRequire(import.meta.url);
/** Each body once: GitHub's delivery id is not signed, so that a repetition is known by its body. */
const payloads = [
  ...new Map(
    FOLDERS.flatMap((folder) =>
      (require(`@octokit/webhooks-examples/${folder}/index.json`) as WebhookDefinition[]).flatMap(
        ({ name, examples }) =>
          examples.map((example): [string, Payload] => {
            const body = JSON.stringify(example);
            const action = 'action' in example && typeof example.action === 'string' ? example.action : null;
            return [`${name} ${body}`, { name, action, body }];
          }),
      ),
    ),
  ).values(),
];
const pings = payloads.filter(({ name }) => name === 'ping');
const told = payloads.filter(({ name }) => name !== 'ping');

let doors: Doors;
let owner: Record<string, string>;
let hook: string;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  const graph = workflow({ kind: 'trigger.webhook', scheme: 'github' }).end().graph();
  const made = await doors.published(owner, graph);
  const [trigger] = made.triggers;
  hook = new URL(trigger?.url ?? '').pathname;
  const path = `/workflows/${made.id}/triggers/${trigger?.nodeId ?? ''}/secret`;
  await doors.api('PUT', path, { headers: owner, body: { secret: SECRET } });
}, 120_000);

afterAll(() => doors.close());

interface Answer {
  readonly runId: string;
  readonly eventId: string;
  readonly duplicate: boolean;
}

async function deliver({ name, body }: Payload, number: number) {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': name,
    'x-github-delivery': `delivery-${number}`,
    'x-hub-signature-256': await sign(SECRET, body),
  };
  return doors.ask<Answer>('POST', hook, { headers, raw: body });
}

async function deliverAll(all: readonly Payload[]) {
  const answers: Awaited<ReturnType<typeof deliver>>[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const few = all.slice(start, start + AT_ONCE);
    answers.push(...(await Promise.all(few.map((payload, index) => deliver(payload, start + index)))));
  }
  return answers;
}

interface Page {
  readonly items: EventSummary[];
  readonly nextCursor: string | null;
}

async function search(query: Record<string, string>): Promise<EventSummary[]> {
  const found: EventSummary[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const asked = new URLSearchParams({ ...query, limit: '200', ...(cursor === '' ? {} : { cursor }) }).toString();
    const page: { status: number; body: Page } = await doors.api<Page>('GET', `/events?${asked}`, { headers: owner });
    expect(page.status).toBe(200);
    found.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return found;
}

describe('the webhook examples of Octokit', () => {
  it('are many', () => {
    expect(told.length).toBeGreaterThan(300);
    expect(new Set(told.map(({ name }) => name)).size).toBeGreaterThan(50);
  });

  let idOf: Map<Payload, string>;

  it('are all let in, and each starts a run', async () => {
    const answers = await deliverAll(told);
    expect(answers.filter(({ status, body }) => status !== 202 || body.duplicate)).toEqual([]);
    expect(new Set(answers.map(({ body }) => body.runId)).size).toBe(told.length);
    idOf = new Map(told.map((payload, index) => [payload, answers[index]?.body.eventId ?? '']));
  }, 120_000);

  it('are all typed by the name of GitHub’s event, and found by it', async () => {
    for (const name of new Set(told.map((payload) => payload.name))) {
      const sent = told.filter((payload) => payload.name === name).map((payload) => idOf.get(payload));
      const found = await search({ type: name, source: '/hooks/*' });
      expect({ name, ids: found.map(({ id }) => id).sort() }).toEqual({ name, ids: sent.sort() });
      expect(found.every(({ runs }) => runs === 1)).toBe(true);
    }
  }, 120_000);

  it('are all found by their action', async () => {
    for (const action of new Set(told.flatMap((payload) => payload.action ?? []))) {
      const sent = told.filter((payload) => payload.action === action).map((payload) => idOf.get(payload));
      const found = await search({ where: `data.action=${action}` });
      expect({ action, ids: found.map(({ id }) => id).sort() }).toEqual({ action, ids: sent.sort() });
    }
  }, 120_000);

  it('are kept as they came, with the receipt of their proof', async () => {
    const [payload] = told;
    const [summary] = await search({ id: (payload && idOf.get(payload)) ?? '' });
    const { body } = await doors.api<StoredEvent>('GET', `/events/${summary?.position}`, { headers: owner });
    expect(body.data).toEqual(JSON.parse(payload?.body ?? ''));
    expect(body.headers['x-github-event']).toBe(payload?.name);
    expect(body.receipt).toMatchObject({ scheme: 'github' });
    expect(body.started).toHaveLength(1);
  });

  it('that are pings are handshakes: answered, and not stored', async () => {
    expect(pings.length).toBeGreaterThan(0);
    const answers = await deliverAll(pings);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await search({ type: 'ping' })).toEqual([]);
  });
});
