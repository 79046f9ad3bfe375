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
    const migration = Object.hasOwn(MIGRATIONS, version) ? MIGRATIONS[version] : undefined;
    if (migration === undefined) {
      const message = `The document has version ${String(document['schemaVersion'])}, and this installation reads up to ${GRAPH_SCHEMA_VERSION}; update it first.`;
      return err(failure('user', 'workflow.too-new', message));
    }
    upgraded = migration(upgraded);
  }
  return ok(upgraded);
}

/** Beyond these a document is refused before anything walks through it: it may come from anywhere. */
const MAX_DEPTH = 64;
const MAX_VALUES = 1_000_000;

/**
 * An `order` that does not name every node once (a file merged by hand) is put right; what is drawn wrongly otherwise is
 * left for the compiler to tell.
 *
 * @returns the graph in today's form, or why the document cannot be read: `workflow.not-a-document`,
 *   `workflow.too-large`, `workflow.too-new`, `workflow.invalid`
 */
export function readGraph(document: unknown): Result<Graph, Failure> {
  if (isTooLarge(document)) {
    const message = `The document has more than ${MAX_VALUES} values, or more than ${MAX_DEPTH} of them inside one another; divide the workflow.`;
    return err(failure('user', 'workflow.too-large', message));
  }
  const upgraded = upgradeDocument(document);
  if (!upgraded.ok) return upgraded;
  const parsed = graphSchema.safeParse(upgraded.value);
  if (parsed.success) {
    const misnamed = [...Object.entries(parsed.data.nodes), ...Object.entries(parsed.data.edges)].find(
      ([key, { id }]) => key !== id,
    );
    return misnamed
      ? invalid(misnamed[0], `its id is ${misnamed[1].id}; give both the same name`)
      : ok(inOrder(parsed.data));
  }
  const first = parsed.error.issues[0];
  return invalid(first?.path.map(String).join('.') ?? '', first?.message ?? 'unknown reason');
}

function invalid(place: string, reason: string): Result<Graph, Failure> {
  const message = `The document does not fit: ${place === '' ? '' : `${place}: `}${reason}.`;
  return err(failure('user', 'workflow.invalid', message));
}

/** Each node once: as the document lists them, then what it does not list, by id. */
function inOrder(graph: Graph): Graph {
  const listed = [...new Set(graph.order)].filter((id) => graph.nodes[id]);
  const known = new Set(listed);
  const order = [
    ...listed,
    ...Object.keys(graph.nodes)
      .filter((id) => !known.has(id))
      .sort(),
  ];
  return order.length === graph.order.length && listed.length === order.length ? graph : { ...graph, order };
}

function isTooLarge(document: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value: document, depth: 0 }];
  let count = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    const inner: unknown[] = Object.values(value);
    count += inner.length;
    if (depth >= MAX_DEPTH || count > MAX_VALUES) return true;
    for (const each of inner) open.push({ value: each, depth: depth + 1 });
  }
  return false;
}

/** The document's JSON Schema (draft 2020-12), for editors and for checking files outside the product. */
export function workflowDocumentSchema(): JsonObject {
  return {
    $id: `urn:sagawright:workflow:${GRAPH_SCHEMA_VERSION}`,
    title: 'Sagawright workflow',
    ...(z.toJSONSchema(graphSchema, { io: 'input', unrepresentable: 'any' }) as JsonObject),
  };
}
