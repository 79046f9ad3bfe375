import { failure } from '../kernel/index.js';
import type { CommandOf } from './command.js';
import type { SagaDefinition } from './definition.js';
import { findInstance } from './find-instance.js';
import { refOf } from './instance.js';
import type { Actor, NewEntry } from './journal.js';
import type { RunState } from './state.js';

/** Commands that need nothing but to be written down. */
export type PlainCommand = CommandOf<
  'cancel-step' | 'open-incident' | 'end-run' | 'time-out' | 'cancel-child' | 'cancel-run'
>;

const ENGINE: Actor = { kind: 'system', id: 'engine', name: 'Engine' };

/** The entry that answers such a command. */
export function settleCommand(
  definition: SagaDefinition,
  state: RunState,
  command: PlainCommand,
  at: number,
): NewEntry {
  if (command.kind === 'end-run') {
    const { outcome, output, failure } = command;
    return { type: 'run.ended', outcome, output, failure, at };
  }
  if (command.kind === 'cancel-run') return { type: 'run.cancel-requested', by: ENGINE, reason: command.reason, at };
  const { instance, step } = findInstance(definition, state, command.instance);
  const ref = refOf(instance);
  switch (command.kind) {
    case 'cancel-step':
      return { type: 'step.cancelled', ...ref, reason: command.reason, at };
    case 'cancel-child':
      return { type: 'child.cancel-requested', ...ref, reason: command.reason, at };
    case 'time-out': {
      const ms = 'timeoutMs' in step ? step.timeoutMs : null;
      const message = `What lies in ${step.name} was not over within ${ms} ms.`;
      return { type: 'scope.timed-out', ...ref, failure: failure('operational', 'timeout.scope', message), at };
    }
    case 'open-incident': {
      const { incident, direction, failure } = command;
      return { type: 'incident.opened', incident, ...ref, direction, failure, at };
    }
  }
}
