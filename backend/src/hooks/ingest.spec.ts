import { describe, expect, it } from '@jest/globals';
import { uuidv7 } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { until } from '@sagawright/shared/testing';
import { Refusal } from '../refusal.js';
import { Ingest } from './ingest.js';
import type { IngestBounds } from './ingest.js';

const MIB = 1024 * 1024;

/** A database that has stopped answering. */
function stuck(bounds: Partial<IngestBounds> = {}) {
  const commits: number[][] = [];
  const sql = {
    query: ({ values }: { values: unknown[][] }) => {
      commits.push((values[14] as Buffer[]).map((raw) => raw.length));
      return new Promise(() => undefined);
    },
  } as unknown as Queryable;
  const clock = { now: 0 };
  const nobody = { ring: () => undefined, publish: () => undefined };
  const ingest = new Ingest(sql, nobody, nobody, 1, bounds, () => clock.now);
  const start = (bytes = 1) => {
    void ingest.start({
      runId: uuidv7(),
      workspaceId: uuidv7(),
      workflowId: uuidv7(),
      versionId: uuidv7(),
      triggerId: uuidv7(),
      triggerNode: 'start',
      event: {
        source: '/test',
        eventId: uuidv7(),
        type: 'test',
        subject: null,
        time: new Date(0).toISOString(),
        contentHash: Buffer.alloc(32),
        contentType: 'application/json',
        raw: Buffer.alloc(bytes),
        data: {},
        headers: {},
        receipt: null,
      },
    });
  };
  return { clock, commits, start };
}

function refusalOf(act: () => void): Refusal | null {
  try {
    act();
    return null;
  } catch (error) {
    return error as Refusal;
  }
}

describe('ingest into a database that does not answer', () => {
  it('refuses once somebody has waited longer than senders have patience, and says how long it takes', async () => {
    const { clock, commits, start } = stuck({ patienceMs: 8000 });
    start();
    await until(() => commits.length === 1);
    clock.now = 7999;
    expect(refusalOf(start)).toBeNull();
    clock.now = 8500;
    expect(refusalOf(start)).toMatchObject({ code: 'ingest.busy', facts: { retryAfterSeconds: 9 } });
    clock.now = 3_600_000;
    expect(refusalOf(start)?.facts.retryAfterSeconds).toBe(30);
  });

  it('refuses when too many wait', () => {
    const { start } = stuck({ mostWaiting: 3 });
    for (let n = 0; n < 3; n += 1) start();
    expect(refusalOf(start)).toMatchObject({ code: 'ingest.busy', facts: { retryAfterSeconds: 2 } });
  });

  it('puts no more into one commit than a few megabytes, and large ones one by one', async () => {
    const { commits, start } = stuck();
    for (const bytes of [MIB, MIB, MIB, 2 * MIB, 9 * MIB, 1]) start(bytes);
    await until(() => commits.length === 2);
    expect(commits).toEqual([[MIB, MIB, MIB], [2 * MIB]]);
  });
});
