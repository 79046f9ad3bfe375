/** Publishing an event is an insert into the same store, under the attempt's key: no call, and its outcome is known. */
import { EVENTS_CONNECTOR, publishInputSchema } from '@sagawright/shared/connector';
import { failure } from '@sagawright/shared/kernel';
import type { Failure, Json, JsonObject } from '@sagawright/shared/kernel';
import type { AttemptResult, RunState } from '@sagawright/shared/saga';
import { HOPS_HEADER, publishEvent } from '@sagawright/shared/server';
import type { ClaimedRun, Database, LoopBounds, Woken } from '@sagawright/shared/server';
import type { Failpoints } from '../failpoint.js';

/** What a run tells of itself; the output of a success is the event's id, source, type and position, and the runs started. */
export type Publish = (
  run: ClaimedRun,
  cause: RunState['event'],
  key: string,
  input: JsonObject,
) => Promise<AttemptResult>;

export const isPublishing = (connector: string): boolean => connector === EVENTS_CONNECTOR;

/**
 * @param incarnation whose runs publish
 * @param ring asks workers to come and claim
 */
export function publishing(
  database: Pick<Database, 'transaction'>,
  incarnation: string,
  bounds: LoopBounds,
  shards: number,
  ring: (woken: readonly Woken[]) => void,
  failpoint: Failpoints,
): Publish {
  return async (run, cause, key, input) => {
    const read = publishInputSchema.safeParse(input);
    if (!read.success) {
      const [issue] = read.error.issues;
      const message = `The event's ${String(issue?.path[0])} is to be a text of 1 to 255 characters on one line; check what it is made of.`;
      return { kind: 'failed', failure: failure('user', 'emit.attribute', message) };
    }
    const { type, subject = null, partitionKey = null, workflow: receiver = null } = read.data;
    const { id, workspaceId, workflowId, epoch } = run;
    const data: Json = input['data'] ?? {};
    const by = { incarnation, epoch };
    const came = { id: cause.id, hops: hopsOf(cause.headers[HOPS_HEADER]) };
    const publication = { workspaceId, workflowId, run: id, by, key, type, subject, data, partitionKey, receiver };
    failpoint('before-publish');
    try {
      const published = await publishEvent(database, { ...publication, cause: came }, bounds, shards);
      if (!published.ok) return { kind: 'failed', failure: published.error };
      failpoint('after-publish');
      const { woken, runs, ...event } = published.value;
      ring(woken);
      return { kind: 'succeeded', output: { ...event, runs: [...runs] } };
    } catch (error) {
      // A store that does not answer may have done it; the key makes another try safe.
      return { kind: 'unknown', failure: storeUnreachable(error instanceof Error ? error.message : String(error)) };
    }
  };
}

/** What an event from outside says of its own way here; nobody gains by a lie, but a loop through other systems is noticed. */
function hopsOf(header: string | undefined): number {
  return header !== undefined && /^\d{1,4}$/.test(header) ? Number(header) : 0;
}

const storeUnreachable = (message: string): Failure =>
  failure('operational', 'emit.unreachable', `The event could not be stored (${message}); it is tried again.`);
