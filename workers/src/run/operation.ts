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

/** Calls the world. Never throws. `signal` asks it to give up; the result then says what is known. */
export type Operate = (call: OperationCall, signal: AbortSignal) => Promise<AttemptResult>;
