import type { CommandOf } from './command.js';
import type { SagaDefinition } from './definition.js';
import { refOf } from './instance.js';
import type { NewEntry } from './journal.js';
import type { RunState } from './state.js';

/** The entry that answers a command which needs nothing but to be written down. */
export function settleCommand(
  _definition: SagaDefinition,
  state: RunState,
  command: CommandOf<'cancel-step' | 'open-incident' | 'end-run'>,
  at: number,
): NewEntry {
  if (command.kind === 'end-run') {
    const { outcome, output, failure } = command;
    return { type: 'run.ended', outcome, output, failure, at };
  }
  const instance = state.instances[command.instance];
  if (!instance) throw new Error(`No step instance ${command.instance}.`);
  if (command.kind === 'cancel-step') return { type: 'step.cancelled', ...refOf(instance), reason: command.reason, at };
  const { incident, direction, failure } = command;
  return { type: 'incident.opened', incident, ...refOf(instance), direction, failure, at };
}
