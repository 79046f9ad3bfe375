/** A published workflow without the doors: the rows that a run needs to exist, written straight into the database. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Json } from '../kernel/index.js';
import type { Graph } from '../graph/index.js';
import type { SagaDefinition } from '../saga/index.js';
import type { Queryable } from '../server/db/index.js';
import { sha256, uuidv7 } from '../server/ids.js';
import type { IngestEvent, IngestRequest } from '../server/repository/ingest.js';

export interface PublishedWorkflow {
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerId: string;
  readonly triggerNode: string;
}

/** @param graph what the definition was compiled from; only views need it */
export async function publishWorkflow(
  sql: Queryable,
  definition: SagaDefinition,
  graph: Graph | null = null,
): Promise<PublishedWorkflow> {
  const trigger = Object.values(definition.triggers)[0];
  if (trigger === undefined) throw new Error('A definition without a trigger cannot be published.');
  const ids = { workspaceId: randomUUID(), workflowId: randomUUID(), versionId: randomUUID(), triggerId: randomUUID() };
  await sql.query('INSERT INTO workspace (id, name) VALUES ($1, $2)', [ids.workspaceId, 'Test']);
  await sql.query('INSERT INTO workflow (id, workspace_id, name, published_number) VALUES ($1, $2, $3, 1)', [
    ids.workflowId,
    ids.workspaceId,
    'Test workflow',
  ]);
  await sql.query(
    `INSERT INTO workflow_version (id, workflow_id, number, graph, definition, note, published_by) VALUES ($1, $2, 1, $3, $4, '', 'test')`,
    [ids.versionId, ids.workflowId, JSON.stringify(graph ?? {}), JSON.stringify(definition)],
  );
  await sql.query(
    'INSERT INTO trigger (id, workspace_id, workflow_id, node_id, kind, name, version_id) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [ids.triggerId, ids.workspaceId, ids.workflowId, trigger.id, trigger.kind, trigger.name, ids.versionId],
  );
  return { ...ids, triggerNode: trigger.id };
}

/** A request that starts a run of the workflow with the given data. */
export function ingestRequest(
  workflow: PublishedWorkflow,
  data: Json = {},
  event: Partial<IngestEvent> = {},
): IngestRequest {
  const raw = Buffer.from(JSON.stringify(data));
  return {
    ...workflow,
    runId: uuidv7(),
    event: {
      source: `urn:test:${workflow.triggerId}`,
      eventId: randomBytes(8).toString('hex'),
      type: 'test.event',
      subject: null,
      time: '2026-01-01T00:00:00Z',
      contentHash: sha256(raw),
      contentType: 'application/json',
      raw,
      data,
      headers: {},
      receipt: null,
      ...event,
    },
  };
}
