/** What is tried again, and what is done again after a person has resumed forward (S11, S21, S27). */
import { isContainerStep } from '../definition.js';
import type { SagaDefinition } from '../definition.js';
import { instanceId } from '../instance.js';
import type { Entry } from '../journal.js';
import { bodyPath, isWithin, scopeAt, transitionKey } from '../paths.js';
import { isRepeatable } from '../retry.js';
import type { RunState, StepInstance } from '../state.js';
import { isUndoOpen } from './effects.js';

/** S11: what must not be repeated blindly is not tried again while nobody knows what became of it, unless a person says so. */
export class Doubts {
  private readonly open = new Set<string>();

  /** @param state as it was before the entry */
  check(definition: SagaDefinition, state: RunState, entry: Entry): string[] {
    switch (entry.type) {
      case 'step.unknown':
        if (entry.direction === 'forward') this.open.add(instanceId(entry));
        return [];
      case 'incident.resolved':
        this.open.delete(state.incidents[entry.incident]?.instance ?? '');
        return [];
      case 'step.started': {
        const id = instanceId(entry);
        const effect = state.instances[id]?.override?.effect ?? definition.steps[entry.step]?.effect ?? 'pure';
        if (entry.direction === 'undo' || !this.open.has(id) || isRepeatable(effect)) return [];
        return [`S11: ${id} was tried again, and nobody knows what became of it`];
      }
      default:
        return [];
    }
  }
}

/** Whoever begins begins alone: no generation before it lives or has an effect that could be undone, and it has not lost. */
export function checkAgain(definition: SagaDefinition, state: RunState, instance: StepInstance): string[] {
  const found: string[] = [];
  const members = (scopeAt(state, instance.path)?.members ?? []).flatMap((id) => state.instances[id] ?? []);
  for (const former of members) {
    if (former.step !== instance.step || former.generation === instance.generation) continue;
    if (state.live.includes(former.id)) found.push(`S21: ${instance.id} began while ${former.id} was alive`);
    for (const left of effectsIn(definition, state, former))
      // What turned out late to have succeeded is being undone by itself (S22).
      if (isUndoOpen(definition, state, left) && !state.undoing.includes(left.id))
        found.push(`S21: ${instance.id} began while the effect of ${left.id} was in force`);
  }
  for (const join of members) {
    const step = definition.steps[join.step];
    if (step?.kind !== 'join' || !step.region.includes(instance.step) || join.readySeq >= instance.readySeq) continue;
    if ((state.generations[transitionKey(join.step, join.path)] ?? 1) === join.generation)
      found.push(`S27: ${instance.id} began after ${join.id} had gone on without it`);
  }
  return found;
}

function effectsIn(definition: SagaDefinition, state: RunState, former: StepInstance): StepInstance[] {
  const step = definition.steps[former.step];
  if (!step || !isContainerStep(step)) return [former];
  const body = bodyPath(former);
  // A repetition that was over without success is begun once more, on top of what its passes have done.
  if (step.kind === 'repeat' && (scopeAt(state, body)?.failure ?? null) === null) return [former];
  return [former, ...Object.values(state.instances).filter(({ path }) => isWithin(path, body))];
}
