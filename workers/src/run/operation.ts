import type { AttemptResult } from '@sagawright/shared/saga';
import type { EffectClass } from '@sagawright/shared/graph';
import type { JsonObject } from '@sagawright/shared/kernel';

/** One call of a connector's operation, as an attempt makes it. */
export interface OperationCall {
  readonly connector: string;
  readonly operation: string;
  readonly input: JsonObject;
  /** Stable over attempts, crashes and takeovers (S4). */
  readonly idempotencyKey: string;
  /** Start to close; what takes longer is unknown, not failed (S10). */
  readonly timeoutMs: number;
  /** The step's own class, perhaps stricter than the operation's (S1). */
  readonly effect: EffectClass;
}

/**
 * Calls the world, and says by the attempt's timeout what is known. `signal` asks it to give up.
 *
 * @param late told when the answer comes after all, once the attempt was called unknown (S22); at most once, perhaps never
 */
export type Operate = (
  call: OperationCall,
  signal: AbortSignal,
  late: (result: AttemptResult) => void,
) => Promise<AttemptResult>;
