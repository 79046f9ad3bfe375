/**
 * Reads a workflow document of any version: older ones are upgraded step by step, then checked against today's schema.
 *
 * A migration is added when the schema changes in a way that an older document would not fit; it is never edited afterwards.
 */
import { z } from 'zod';
import { err, failure, isJsonObject, ok } from '../kernel/index.js';
import type { Failure, JsonObject, Result } from '../kernel/index.js';
import { GRAPH_SCHEMA_VERSION, graphSchema } from './graph.js';
import type { Graph } from './graph.js';

type Migration = (document: JsonObject) => JsonObject;

/** By the version that a document has before. */
const MIGRATIONS: Readonly<Record<number, Migration>> = {
  /** Workflows got variables. */
  1: (document) => {
    const settings = isJsonObject(document['settings']) ? document['settings'] : {};
    return { ...document, schemaVersion: 2, settings: { variables: {}, ...settings } };
  },
};

/**
 * The document in today's form, not yet checked against the schema.
 *
 * @returns why it cannot be brought there: `workflow.not-a-document`, `workflow.too-new`
 */
export function upgradeDocument(document: unknown): Result<JsonObject, Failure> {
  if (!isJsonObject(document) || typeof document['schemaVersion'] !== 'number') {
    return err(failure('user', 'workflow.not-a-document', 'This is no workflow document; export one and try again.'));
  }
  let upgraded: JsonObject = document;
  for (let version = document['schemaVersion']; version !== GRAPH_SCHEMA_VERSION; version += 1) {
    const migration = MIGRATIONS[version];
    if (migration === undefined) {
      const message = `The document has version ${String(document['schemaVersion'])}, and this installation reads up to ${GRAPH_SCHEMA_VERSION}; update it first.`;
      return err(failure('user', 'workflow.too-new', message));
    }
    upgraded = migration(upgraded);
  }
  return ok(upgraded);
}

/**
 * @returns the graph in today's form, or why the document cannot be read: `workflow.not-a-document`,
 *   `workflow.too-new`, `workflow.invalid`
 */
export function readGraph(document: unknown): Result<Graph, Failure> {
  const upgraded = upgradeDocument(document);
  if (!upgraded.ok) return upgraded;
  const parsed = graphSchema.safeParse(upgraded.value);
  if (parsed.success) return ok(parsed.data);
  const first = parsed.error.issues[0];
  const place = first?.path.map(String).join('.') ?? '';
  const message = `The document does not fit: ${place === '' ? '' : `${place}: `}${first?.message ?? 'unknown reason'}.`;
  return err(failure('user', 'workflow.invalid', message));
}

/** The document's JSON Schema (draft 2020-12), for editors and for checking files outside the product. */
export function workflowDocumentSchema(): JsonObject {
  return {
    $id: `urn:sagawright:workflow:${GRAPH_SCHEMA_VERSION}`,
    title: 'Sagawright workflow',
    ...(z.toJSONSchema(graphSchema, { io: 'input', unrepresentable: 'any' }) as JsonObject),
  };
}
