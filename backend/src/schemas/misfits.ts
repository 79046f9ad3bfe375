/** What a sender hears of an event that does not fit the schema of its type. */
import { metrics, screenEvents } from '@sagawright/shared/server';
import type { IngestEvent, Queryable, Screening } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';

export interface SchemaMark {
  /** The version that it fits; null = none. */
  readonly version: number | null;
  readonly problems: { path: string; message: string }[];
  /** It was put aside, and starts and wakes nothing. */
  readonly held: boolean;
}

export function schemaMark(screening: Screening | null): { schema?: SchemaMark } {
  if (screening === null) return {};
  const problems = screening.problems.map(({ path, message }) => ({ path, message }));
  return { schema: { version: screening.version, problems, held: screening.letter !== null } };
}

/**
 * For senders that prefer a refusal (`Prefer: strict`): nothing is stored when one event of the request does not fit.
 *
 * @throws Refusal `event.schema-violated`, with each place that does not fit
 */
export async function refuseMisfits(
  sql: Queryable,
  workspaceId: string,
  events: readonly IngestEvent[],
): Promise<void> {
  const screenings = await screenEvents(
    sql,
    events.map((event) => ({ workspaceId, event })),
  );
  const errors = screenings.flatMap((screening, index) => {
    if (screening === null || screening.code === null) return [];
    const place = events.length === 1 ? 'data' : `body.${index}.data`;
    return screening.problems.map(({ path, message }) => ({ path: place + path, message }));
  });
  const misfits = screenings.filter((screening) => screening?.code != null).length;
  if (misfits === 0) return;
  for (let count = 0; count < misfits; count += 1) metrics.schemaViolations.inc({ where: 'ingest', result: 'refused' });
  const first = errors[0];
  throw new Refusal(
    'event.schema-violated',
    `${misfits === 1 ? 'The event does' : `${misfits} events do`} not fit the schema of ${misfits === 1 ? 'its type' : 'their types'} ` +
      `(${first?.path ?? 'data'} ${first?.message ?? ''}); GET /api/v1/event-types shows the schemas. Nothing was stored.`,
    { errors: errors.slice(0, 100) },
  );
}
