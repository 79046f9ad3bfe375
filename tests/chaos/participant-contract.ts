/** What the participant of the storm can be told, and what its ledger says. */

/**
 * - `refuse`: 422, nothing done. `fail`: 503, nothing done
 * - all others do what is asked: `slow` answers after `delayMs`, `error-after` with 500, `lose` drops the connection,
 *   `huge` answers with 50 MB, `empty` with 0 bytes, `garbage` with what is called JSON and is none
 * - `break`: this undo fails for good, until it is healed by hand
 */
export type Mode = 'refuse' | 'fail' | 'slow' | 'error-after' | 'lose' | 'huge' | 'empty' | 'garbage' | 'break';

export interface Behaviour {
  readonly operation: 'do' | 'undo';
  readonly mode: Mode;
  readonly delayMs: number;
  /** Of the calls that come from now on. */
  readonly times: number;
}

/** When the participant calls back, seen from its answer; `duplicate` = twice as one event, then as another one. */
export interface Callbacks {
  readonly callback: 'after' | 'early' | 'late' | 'duplicate';
  readonly times: number;
}

/** One line per call. `effect` is unique per place in a run, as `ref/place`. */
export interface LedgerRow {
  readonly at: number;
  readonly operation: 'do' | 'undo';
  readonly effect: string;
  /** Empty for what was done by hand. */
  readonly key: string;
  /** `late` = it came after its undo, so it is not done any more. */
  readonly result: 'applied' | 'replayed' | 'refused' | 'failed' | 'late';
}
