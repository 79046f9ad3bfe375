import type { AttemptResult, RunState, StepOf } from '@sagawright/shared/saga';
import type { EffectClass } from '@sagawright/shared/graph';
import type { JsonObject } from '@sagawright/shared/kernel';
import type { ClaimedRun } from '@sagawright/shared/server';

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

/** The child runs of a run, as its attempts reach them (S18). The output of a success is `{ run }`. */
export interface Children {
  start(
    run: ClaimedRun,
    parent: NonNullable<RunState['parent']>,
    call: Pick<StepOf<'call'>, 'workflow' | 'version' | 'mode'> & { readonly key: string; readonly input: JsonObject },
  ): Promise<AttemptResult>;
  /** Stops the child if it is not over, else undoes it. */
  undo(run: ClaimedRun, child: { readonly run: string | null; readonly key: string | null }): Promise<AttemptResult>;
}
