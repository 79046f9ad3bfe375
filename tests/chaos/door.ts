/** The product's doors, as a program with an API key meets them while the building burns: it asks until it is answered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@sagawright/shared/kernel';
import type { Graph } from '@sagawright/shared/graph';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Statuses that say "not now": the same request is sent again. */
const NOT_NOW = new Set([408, 429, 500, 502, 503, 504]);
const ANSWER_PATIENCE_MS = 5000;
const PATIENCE_MS = 300_000;

export class Door {
  private turn = 0;

  /** @param urls of all backends */
  constructor(
    readonly urls: readonly string[],
    readonly key: string,
  ) {}

  /** One try. @throws when there is no answer */
  async ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object, headers: object = {}): Promise<Answer> {
    const answer = await fetch(`${this.nextUrl()}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  /** One after the other, as something that shares the load would have it. */
  private nextUrl(): string {
    this.turn += 1;
    return this.urls[this.turn % this.urls.length] ?? '';
  }

  /** Until somebody answers. */
  async insist(method: 'GET' | 'POST' | 'PUT', path: string, body?: object, headers: object = {}): Promise<Answer> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.ask(method, path, body, headers).catch(() => null);
      if (answer !== null && !NOT_NOW.has(answer.status)) return answer;
      if (performance.now() > giveUpAt)
        throw new Error(`${method} ${path} was not answered: ${String(answer?.status)}`);
      await delay(200);
    }
  }

  /** Creates a workflow and puts it on the air. @returns its id */
  async publish(name: string, graph: Graph): Promise<string> {
    const made = await this.insist('POST', '/workflows', { name, graph });
    const { id, draft } = wanted<{ id: string; draft: { revision: number } }>(made, 201);
    wanted(await this.insist('POST', `/workflows/${id}/publish`, { revision: draft.revision }), 200, 201);
    return id;
  }

  /** The next version of a workflow. @returns false when somebody was quicker, or the door was shut */
  async publishAgain(id: string, graph: Graph): Promise<boolean> {
    const { body } = await this.ask('GET', `/workflows/${id}`);
    const { draft } = body as { draft: { revision: number } };
    const saved = await this.ask('PUT', `/workflows/${id}/draft`, { baseRevision: draft.revision, graph });
    if (saved.status !== 200) return false;
    const { revision } = saved.body as { revision: number };
    return (await this.ask('POST', `/workflows/${id}/publish`, { revision })).status < 300;
  }

  /** Starts a run, once per idempotency key, however often it is asked. */
  async start(workflow: string, key: string, data: JsonObject): Promise<{ runId: string; duplicate: boolean }> {
    return wanted(await this.insist('POST', `/workflows/${workflow}/runs`, { data }, { 'idempotency-key': key }), 202);
  }
}

function wanted<T>({ status, body }: Answer, ...statuses: readonly number[]): T {
  if (!statuses.includes(status)) throw new Error(`The door answered ${status}: ${JSON.stringify(body).slice(0, 600)}`);
  return body as T;
}
