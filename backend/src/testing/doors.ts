/** The doors on a real database, for tests: the app on a free port, people of every role, and a worker that works when told. */
import type { AddressInfo } from 'node:net';
import { API_PREFIX } from '@sagawright/shared/contracts';
import type { Problem, Workflow } from '@sagawright/shared/contracts';
import { connectorManifestSchema } from '@sagawright/shared/connector';
import type { Graph } from '@sagawright/shared/graph';
import { createLiveBus, createSealer, randomToken, sha256, silentLogger, uuidv7 } from '@sagawright/shared/server';
import type { Role } from '@sagawright/shared/server';
import { testDatabase } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { createApp } from '../app.js';
import type { Platform } from '../app.js';
import { prepareFirstRun } from '../first-run.js';
import { SmallWorker } from './small-worker.js';

const operation = (title: string) => ({
  title,
  description: '',
  effect: 'keyed',
  request: { method: 'POST', url: 'http://localhost/' },
  input: { type: 'object', properties: {} },
  outputSample: {},
});

/** Operations that do what they are told; those of the workflow builder. */
const testConnector = connectorManifestSchema.parse({
  id: 'test',
  name: 'Test',
  description: '',
  icon: 'box',
  operations: { do: operation('Do'), undo: operation('Undo') },
});

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly text: string;
  readonly headers: Record<string, string>;
}

export interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly raw?: string;
}

export class Doors {
  private constructor(
    readonly database: TestDatabase,
    readonly worker: SmallWorker,
    readonly workspaceId: string,
    readonly rung: number[],
    /** Origin of the server. */
    readonly base: string,
    readonly close: () => Promise<void>,
  ) {}

  static async open(wishes: Partial<Platform> = {}): Promise<Doors> {
    const database = await testDatabase();
    const live = createLiveBus({ redisUrls: null, databaseUrl: database.url, pool: database.pool });
    await prepareFirstRun(database);
    const rung: number[] = [];
    const app = await createApp({
      database,
      live,
      sealer: createSealer(Buffer.alloc(32, 7)),
      doorbell: { ring: (shard) => rung.push(shard) },
      logger: silentLogger,
      publicUrl: 'http://127.0.0.1:3000',
      shards: 1,
      webRoot: null,
      templates: [],
      connectors: { test: testConnector },
      demoShop: null,
      ...wishes,
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const base = `http://127.0.0.1:${(app.nest.getHttpServer().address() as AddressInfo).port}`;
    const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM workspace');
    return new Doors(database, new SmallWorker(database), rows[0]?.id ?? '', rung, base, async () => {
      await app.close();
      await live.close();
      await database.close();
    });
  }

  /** Any address of the server. */
  async ask<T = Problem>(method: string, url: string, { headers = {}, body, raw }: Asked = {}): Promise<Answer<T>> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    // eslint-disable-next-line no-restricted-globals -- the test stands in for the caller
    const response = await fetch(this.base + url, {
      method,
      headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      body: (isJson && text !== '' ? JSON.parse(text) : undefined) as T,
      text,
      headers: Object.fromEntries(response.headers),
    };
  }

  /** An address below the prefix of the interface. */
  api<T = Problem>(method: string, path: string, asked: Asked = {}): Promise<Answer<T>> {
    return this.ask<T>(method, API_PREFIX + path, asked);
  }

  /** The headers of somebody who is logged in. */
  async person(
    role: Role,
    workspaceId = this.workspaceId,
  ): Promise<{ headers: Record<string, string>; email: string }> {
    const id = uuidv7();
    const email = `${id}@Example.com`;
    const token = randomToken(256);
    await this.database.pool.query(
      'INSERT INTO app_user (id, workspace_id, email, name, role) VALUES ($1, $2, $3, $4, $5)',
      [id, workspaceId, email, `A ${role}`, role],
    );
    await this.database.pool.query(
      `INSERT INTO session (token_hash, user_id, csrf_token, expires_at) VALUES ($1, $2, 'csrf', now() + interval '1 hour')`,
      [sha256(token), id],
    );
    return { headers: { cookie: `sagawright_session=${token}`, 'x-csrf-token': 'csrf' }, email };
  }

  async otherWorkspace(): Promise<string> {
    const id = uuidv7();
    await this.database.pool.query(`INSERT INTO workspace (id, name) VALUES ($1, 'Other')`, [id]);
    return id;
  }

  /** A workflow of that drawing, published. */
  async published(headers: Record<string, string>, graph: Graph): Promise<Workflow> {
    const made = await this.api<Workflow>('POST', '/workflows', { headers, body: { name: 'Orders', graph } });
    if (made.status !== 201) throw new Error(made.text);
    const body = { revision: 1 };
    const published = await this.api<Workflow>('POST', `/workflows/${made.body.id}/publish`, { headers, body });
    if (published.status !== 200) throw new Error(published.text);
    return published.body;
  }

  /** A run of that drawing, as far as it goes by itself. @returns its id */
  async run(headers: Record<string, string>, graph: Graph, data: unknown = {}): Promise<string> {
    const workflow = await this.published(headers, graph);
    const started = await this.api<{ runId: string }>('POST', `/workflows/${workflow.id}/runs`, {
      headers,
      body: { data },
    });
    if (started.status !== 202) throw new Error(started.text);
    await this.worker.work();
    return started.body.runId;
  }

  async statusOf(headers: Record<string, string>, run: string): Promise<string> {
    return (await this.api<{ status: string }>('GET', `/runs/${run}`, { headers })).body.status;
  }
}
