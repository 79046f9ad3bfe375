/**
 * A run's state while somebody owns the run: entries are folded into it in place, so that an entry costs what it changes and
 * not what the run has come to. The state handed out changes with it.
 */
import { openNext } from './bodies.js';
import type { ContainerStep, SagaDefinition } from './definition.js';
import { Draft } from './draft.js';
import type { Changes } from './draft.js';
import { apply, start } from './evolve.js';
import { bodyPath } from './paths.js';
import { runStatus } from './status.js';
import type { Entry } from './journal.js';
import type { RunState, StepInstance } from './state.js';

export { noChanges } from './draft.js';
export type { Changes } from './draft.js';

export class RunFold {
  private draft: Draft | null;
  private isStale = false;

  /** @param state of a run that goes on; it is not changed. None: the first entry has to be `run.started` */
  constructor(
    private readonly definition: SagaDefinition,
    state: RunState | null = null,
  ) {
    this.draft = state === null ? null : new Draft(state);
  }

  /** @throws when a journal does not begin with `run.started` */
  fold(entry: Entry): void {
    if (this.draft === null) {
      if (entry.type !== 'run.started') throw new Error(`A journal begins with run.started, not with ${entry.type}.`);
      this.draft = start(this.definition, entry);
    } else {
      this.draft.at = entry.at;
      apply(this.definition, this.draft, entry);
    }
    this.isStale = true;
  }

  /** Null before the first entry. */
  get state(): RunState | null {
    if (this.draft === null || !this.isStale) return this.draft?.view ?? null;
    const status: RunState['status'] = runStatus(this.definition, this.draft.view);
    if (status !== this.draft.view.status) this.draft.set({ status });
    this.isStale = false;
    return this.draft.view;
  }

  /** The state as `decide` and expressions need it: its status may be that of an entry before. */
  get view(): RunState {
    if (this.draft === null) throw new Error('The run has no entry yet.');
    return this.draft.view;
  }

  /** What has changed since the last time, and from now on is noted again. */
  takeChanges(): Changes {
    if (this.draft === null) throw new Error('The run has no entry yet.');
    return this.draft.takeChanges();
  }
}

interface ItemOfLoop {
  readonly step: ContainerStep;
  readonly container: StepInstance;
  readonly first: number;
}

/** Opens one item in a state that holds its loop, and folds the item's own entries (recall.ts). */
export function foldItem(
  definition: SagaDefinition,
  loop: RunState,
  { step, container, first }: ItemOfLoop,
  entries: readonly Entry[],
): RunState {
  const draft = new Draft({ ...loop, seq: first });
  draft.at = entries[0]?.at ?? 0;
  const path = bodyPath(container);
  openNext(definition, draft, step, container.id, path);
  for (const entry of entries) {
    draft.at = entry.at;
    apply(definition, draft, entry);
  }
  return draft.view;
}
