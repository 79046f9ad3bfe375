/**
 * Signals: what somebody outside asks of a run (cancel, an incident's resolution).
 *
 * A signal is a row, numbered per run by `run.signals`. Only the run's owner turns it into a journal entry, and uses it up
 * in the same commit: so there is one writer per journal, and each signal counts once.
 */
import type { NewEntry } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';

export type SignalBody =
  | Omit<Extract<NewEntry, { type: 'run.cancel-requested' }>, 'at'>
  | Omit<Extract<NewEntry, { type: 'incident.resolved' }>, 'at'>;

export interface Signal {
  readonly runId: string;
  readonly number: number;
  /** As stored; the owner parses it before it believes it. */
  readonly body: unknown;
}

/**
 * Sends a signal to a run that has not ended, and makes a parked run runnable. Ring the doorbell after commit.
 *
 * @returns false when the run does not exist or has ended
 */
export async function sendSignal(sql: Queryable, runId: string, body: SignalBody): Promise<boolean> {
  const result = await sql.query({
    name: 'run-signal-send',
    text: `
      WITH target AS (
        UPDATE run SET signals = signals + 1, runnable_at = CASE WHEN owner IS NULL THEN now() ELSE runnable_at END
        WHERE id = $1 AND ended_at IS NULL
        RETURNING id, signals
      )
      INSERT INTO run_signal (run_id, number, body) SELECT id, signals, $2::json FROM target`,
    values: [runId, JSON.stringify(body)],
  });
  return result.rowCount === 1;
}

/** Signals not used up yet, in order. */
export async function pendingSignals(sql: Queryable, runIds: readonly string[]): Promise<Signal[]> {
  if (runIds.length === 0) return [];
  const { rows } = await sql.query<{ runId: string; number: number; body: unknown }>({
    name: 'run-signals-pending',
    text: 'SELECT run_id AS "runId", number, body FROM run_signal WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, number',
    values: [runIds],
  });
  return rows;
}

/** Signals that came while the run ended: nobody will read them. */
export async function discardSignals(sql: Queryable, runId: string): Promise<void> {
  await sql.query('DELETE FROM run_signal WHERE run_id = $1', [runId]);
}
