import { readGraph } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { FailureError, failure } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import { isJsonObject } from '@sagawright/shared/kernel';

/** A drawing as it was stored, by this version of the product or an older one, in today's form. */
export function storedGraph(document: unknown): Graph {
  const read = readGraph(document);
  if (read.ok) return read.value;
  // It was valid when it was stored, so that nobody outside can mend this.
  throw new FailureError(
    failure('bug', 'document.unreadable', `A stored drawing cannot be read: ${read.error.message}`),
  );
}

/** The document for a file: equal workflows give equal texts, so that a comparison of two files shows what was changed. */
export function exportedDocument(name: string, graph: Graph): { name: string } & Graph {
  return sortedKeys({ ...(graph as unknown as JsonObject), name }) as unknown as { name: string } & Graph;
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sortedKeys);
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return Object.fromEntries(keys.sort().map((key) => [key, sortedKeys(value[key] ?? null)]));
}
