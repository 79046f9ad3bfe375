/**
 * What resuming forward has to do again (S21): what a body's failure has cost it, and all that follows from that.
 *
 * What was lost before and dealt with is not done again: an item of a loop that was undone on its own, a loser of a join, a
 * failure that a way out or a handler took, what was undone down to a save-point that the run then left another way (S24).
 */
import { causalPast } from './causality.js';
import { isContainerStep } from './definition.js';
import type { SagaDefinition, StepId, TransitionId } from './definition.js';
import { effectsOf, owingItems } from './effects.js';
import { bodyPath, instanceAt, isWithin, pathsOutwards, scopeAt, transitionKey } from './paths.js';
import type { InstanceId, RunState, ScopeState, StepInstance } from './state.js';

interface Redone {
  /** Members that are done again, in the order of their becoming ready. */
  readonly redone: readonly StepInstance[];
  /** Containers that are undone in part, which rules resuming out: they can only be done again as a whole. */
  readonly partly: readonly StepInstance[];
  /** Members whose way on has been given up for another: they stay as they are. */
  readonly left: ReadonlySet<InstanceId>;
  /** What had called the handler is done again, so that the handler has not been called yet. */
  readonly withoutHandler: boolean;
}

export function toBeRedone(definition: SagaDefinition, state: RunState, body: ScopeState): Redone {
  const members = body.members.flatMap((id) => state.instances[id] ?? []).filter((each) => isLatest(state, each));
  const partly: StepInstance[] = [];
  const lost = new Map<InstanceId, number>();
  for (const member of members) {
    const { seq, isPartly } = lossOf(definition, state, member);
    if (seq === null) continue;
    lost.set(member.id, seq);
    if (isPartly) partly.push(member);
  }
  const turns = turnsOf(definition, state, body, members);
  const turn = turns.find(({ region, seq }) =>
    members.every((each) => region.has(each.step) || each.abandoned || (lost.get(each.id) ?? 0) <= seq),
  );
  const left = new Set(members.filter((each) => turn && !turn.region.has(each.step)).map(({ id }) => id));
  const broken = new Set([...lost.keys()].filter((id) => !left.has(id) && state.instances[id]?.abandoned === false));
  const redone = new Set(
    members.filter(
      ({ id }) =>
        !left.has(id) && (broken.has(id) || [...causalPast(definition, state, [id])].some((past) => broken.has(past))),
    ),
  );
  // A late success (S22) is in force though what had led to it is undone: it would be done twice.
  for (const member of redone) if (!lost.has(member.id) && isLeftToUndo(definition, state, member)) partly.push(member);
  for (const loser of losersAgain(definition, members, redone)) {
    redone.add(loser);
    if (isInForce(loser)) partly.push(loser);
  }
  return {
    redone: members.filter((each) => redone.has(each)),
    partly: partly.filter((each) => redone.has(each)),
    left,
    withoutHandler: turns.some(({ port }) => port === 'handler') && turn === undefined,
  };
}

export function isLatest(state: RunState, { step, path, generation }: StepInstance): boolean {
  return (state.generations[transitionKey(step, path)] ?? 1) === generation;
}

interface Loss {
  /** Journal position of what was lost last; null = nothing. */
  readonly seq: number | null;
  readonly isPartly: boolean;
}

function lossOf(definition: SagaDefinition, state: RunState, member: StepInstance): Loss {
  // Its failure was dealt with: the run went on by one of its ports, and what followed is none the worse for it.
  if (member.status === 'failed' && member.port !== null) return { seq: null, isPartly: false };
  const effects = [...effectsOf(definition, state, member)].filter((each) => !isDealtWith(state, member, each));
  const forgotten = effects.reduce((sum, each) => sum + owingItems(state, each), 0);
  const undoneBefore = effects.reduce((sum, each) => sum + (scopeAt(state, bodyPath(each))?.loop?.undone ?? 0), 0);
  const undone = effects.filter(({ undo }) => undo.status === 'done');
  const inForce = forgotten + effects.filter((each) => isInForce(each)).length;
  const over = member.status === 'failed' || member.status === 'cancelled';
  if (undone.length + undoneBefore === 0 && !over) return { seq: null, isPartly: false };
  // When forgotten items were undone is forgotten as well: it was after the loop was over.
  const seq =
    undoneBefore > 0 ? state.seq : Math.max(...undone.map(({ undo }) => undo.settledSeq), over ? member.settledSeq : 0);
  return { seq, isPartly: inForce > 0 && effects.length + forgotten + undoneBefore > 1 };
}

/** Something inside a container that has succeeded all the same: undone before, or for a failure of its own in there. */
function isDealtWith(state: RunState, member: StepInstance, { id, path, undo }: StepInstance): boolean {
  if (id === member.id || member.status !== 'succeeded') return false;
  if (undo.status === 'done' && undo.settledSeq <= member.settledSeq) return true;
  const body = bodyPath(member);
  return [...pathsOutwards(path)].some((at) => isWithin(at, body) && scopeAt(state, at)?.failure != null);
}

function isInForce({ status, undo }: StepInstance): boolean {
  return (status === 'succeeded' || status === 'unknown') && undo.status !== 'none' && undo.status !== 'done';
}

function isLeftToUndo(definition: SagaDefinition, state: RunState, member: StepInstance): boolean {
  return [...effectsOf(definition, state, member)].some((each) => isInForce(each) && each.undo.status !== 'skipped');
}

/** A join that has to fire again fires anew: who has lost to it may win now, unless those who had won are as they were. */
function losersAgain(
  definition: SagaDefinition,
  members: readonly StepInstance[],
  redone: ReadonlySet<StepInstance>,
): StepInstance[] {
  return [...redone].flatMap((join) => {
    const step = definition.steps[join.step];
    if (step?.kind !== 'join') return [];
    const contenders = members.filter((each) => step.region.includes(each.step));
    const isOpen = contenders.some((each) => !each.abandoned && redone.has(each));
    return isOpen ? contenders.filter((each) => each.abandoned && !redone.has(each)) : [];
  });
}

/** Where a body has left its way for another: to its handler, or on from a save-point. */
interface Turn {
  readonly port: 'handler' | 'resume';
  readonly seq: number;
  readonly region: ReadonlySet<StepId>;
}

/** Latest first. */
function turnsOf(
  definition: SagaDefinition,
  state: RunState,
  body: ScopeState,
  members: readonly StepInstance[],
): Turn[] {
  const turns: Turn[] = [];
  const add = (port: Turn['port'], ids: readonly TransitionId[]) => {
    const first = ids.flatMap((id) => {
      const taken = state.transitions[transitionKey(id, body.path)] === 'taken';
      const target = taken ? instanceAt(state, definition.transitions[id]?.to ?? '', body.path) : undefined;
      return target ? [target.readySeq] : [];
    });
    if (first.length > 0) turns.push({ port, seq: Math.min(...first), region: regionOf(definition, ids) });
  };
  const container = state.instances[body.container ?? ''];
  if (container && body.caught !== null) add('handler', definition.scopes[container.step]?.handler ?? []);
  for (const { step: id, port } of members) {
    const step = definition.steps[id];
    if (step && isContainerStep(step) && port === 'resume') add('resume', step.outgoing['resume'] ?? []);
  }
  return turns.sort((a, b) => b.seq - a.seq);
}

function regionOf(definition: SagaDefinition, transitions: readonly TransitionId[]): Set<StepId> {
  const found = new Set<StepId>();
  const stack = [...transitions];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const step = definition.steps[definition.transitions[id]?.to ?? ''];
    if (!step || found.has(step.id)) continue;
    found.add(step.id);
    for (const ids of Object.values(step.outgoing)) stack.push(...ids);
  }
  return found;
}
