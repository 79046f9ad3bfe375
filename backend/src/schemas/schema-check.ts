/**
 * What speaks against a new version of a schema: that it cannot be used at all, that it breaks what the type's compatibility
 * promises, that live workflows read what it takes away, and that events of late do not fit it, or cannot be cast to it.
 */
import type { SchemaReport } from '@sagawright/shared/contracts';
import {
  castData,
  castProblem,
  checkCompatibility,
  readEventSchema,
  readProblems,
  readsOfEvents,
} from '@sagawright/shared/event';
import type { Graph } from '@sagawright/shared/graph';
import type { Json } from '@sagawright/shared/kernel';
import { findStoredSamples, listDrawingsOfType, readyVersion, screen } from '@sagawright/shared/server';
import type { Queryable, SchemaRules, SchemaVersion } from '@sagawright/shared/server';
import { storedGraph } from '../workflows/stored-document.js';

export interface Candidate {
  readonly schema: Json;
  readonly upcast: string | null;
  readonly downcast: string | null;
}

/** So many live workflows are looked at, and so many of the latest events. */
const MOST_WORKFLOWS = 1000;
const MOST_SAMPLES = 20;
const MOST_REASONS = 200;

const NOTHING = { incompatibilities: [], readers: [], samples: { looked: 0, failed: [] } };

export async function checkSchema(
  sql: Queryable,
  workspaceId: string,
  type: string,
  candidate: Candidate,
  { compatibility, earlier }: Pick<SchemaRules, 'compatibility'> & { readonly earlier: readonly SchemaVersion[] },
): Promise<SchemaReport> {
  const invalid = invalidity(candidate, earlier.length > 0);
  if (invalid !== null) return { publishable: false, invalid, ...NOTHING };
  const schemas = earlier.map(({ schema }) => schema);
  const report = checkCompatibility(compatibility, candidate.schema, schemas);
  const incompatibilities = report.incompatibilities.slice(0, MOST_REASONS).map((each) => ({
    ...each,
    version: earlier[each.version]?.version ?? 0,
  }));
  const readers = await brokenReaders(sql, workspaceId, type, candidate, schemas.at(-1) ?? null);
  const samples = await castSamples(sql, workspaceId, type, candidate, earlier);
  // Between versions without a cast, the compatibility is what was asked for.
  const samplesCount = earlier.length === 0 || candidate.upcast !== null;
  const publishable =
    incompatibilities.length === 0 && readers.length === 0 && !(samplesCount && samples.failed.length > 0);
  return { publishable, invalid: null, incompatibilities, readers: readers.slice(0, MOST_REASONS), samples };
}

function invalidity({ schema, upcast, downcast }: Candidate, hasEarlier: boolean): SchemaReport['invalid'] {
  const read = readEventSchema(schema);
  if (!read.ok) return { field: 'schema', path: read.path, message: read.reason };
  for (const [field, cast] of [
    ['upcast', upcast],
    ['downcast', downcast],
  ] as const) {
    if (cast === null) continue;
    const message = hasEarlier ? castProblem(cast) : 'There is no version before the first; leave it out.';
    if (message !== null) return { field, path: '', message };
  }
  return null;
}

async function brokenReaders(
  sql: Queryable,
  workspaceId: string,
  type: string,
  { schema, downcast }: Candidate,
  before: Json | null,
): Promise<SchemaReport['readers']> {
  const drawings = await listDrawingsOfType(sql, workspaceId, type, MOST_WORKFLOWS);
  return drawings.flatMap(({ workflowId, workflowName, version, graph, hooks, pinned }) => {
    const drawn = storedGraph(graph as Graph);
    // Who is given the version that it was published against sees nothing of the new one.
    const seen = downcast === null ? drawn : withoutNodes(drawn, new Set(pinned));
    const reads = readsOfEvents(seen, type, new Set(hooks));
    return readProblems(reads, schema, before).map(({ node, name, path, change, message }) => ({
      workflowId,
      workflowName,
      workflowVersion: version,
      step: node,
      stepName: name,
      path,
      change,
      message: `Workflow ${workflowName}, step ${name} reads ${path === '' ? 'the data as a whole' : path}, which ${message}.`,
    }));
  });
}

function withoutNodes(graph: Graph, without: ReadonlySet<string>): Graph {
  return { ...graph, nodes: Object.fromEntries(Object.entries(graph.nodes).filter(([id]) => !without.has(id))) };
}

async function castSamples(
  sql: Queryable,
  workspaceId: string,
  type: string,
  { schema, upcast, downcast }: Candidate,
  earlier: readonly SchemaVersion[],
): Promise<SchemaReport['samples']> {
  const known = earlier.map(readyVersion);
  const latest = earlier.at(-1)?.version ?? 0;
  const next = readyVersion({ version: latest + 1, schema, upcast, downcast, publishedAt: new Date() });
  const subject = {
    type,
    compatibility: 'NONE',
    policy: 'warn',
    accepts: 'any',
    latest,
    updatedAt: new Date(0),
  } as const;
  const events = await findStoredSamples(sql, workspaceId, type, MOST_SAMPLES);
  const failed: SchemaReport['samples']['failed'] = [];
  let looked = 0;
  for (const { position, event } of events) {
    const from = latest === 0 ? null : screen(event, subject, known).version;
    // What no version fits is no sample of the type.
    if (latest > 0 && from === null) continue;
    looked += 1;
    if (from === null) {
      const problems = next.problemsOf(event.data).map((each) => ({ ...each }));
      if (problems.length > 0) failed.push({ position, message: 'The event does not fit the schema.', problems });
      continue;
    }
    const { eventId: id, source, subject: about, time, headers } = event;
    const seen = { id, source, type, subject: about, time, headers };
    const cast = castData(seen, event.data, { from, to: latest + 1 }, [...known, next]);
    if (!cast.ok)
      failed.push({ position, message: cast.message, problems: cast.problems.map((each) => ({ ...each })) });
  }
  return { looked, failed };
}
