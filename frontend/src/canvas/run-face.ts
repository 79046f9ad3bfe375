/** How a run shows on its drawing: one face per step, one per line. Pure; the run's state is the only source. */
import { edgesInto } from '@sagawright/shared/graph';
import type { EdgeId, Graph, NodeId } from '@sagawright/shared/graph';
import { isAttempted, transitionKey } from '@sagawright/shared/saga';
import type { RunState, SagaDefinition, UndoStatus } from '@sagawright/shared/saga';
import { leftAs, stepDisplayState } from '../ui/index.js';
import type { StepDisplayState } from '../ui/index.js';
import { shownInstance } from './run-bodies.js';
import type { ShownBodies } from './run-bodies.js';

export interface StepFace {
  readonly state: StepDisplayState;
  /** Where the step's own way forward stands; while it is undone, `state` tells of the undo. */
  readonly forward: StepDisplayState;
  readonly attempt: number;
  readonly maxAttempts: number | null;
  readonly startedAt: number | null;
  readonly settledAt: number | null;
  /** When the next attempt or the end of a wait comes. */
  readonly wakeAt: number | null;
  /** The way that leads here was not taken. */
  readonly passedBy: boolean;
  readonly undo: {
    readonly state:
      'none' | 'ready' | 'undoing' | 'undo-retrying' | 'undone' | 'undo-blocked' | 'undo-skipped' | 'undo-left';
    /** 1-based place in the order of undoing; null while nothing is undone. */
    readonly order: number | null;
    readonly attempt: number;
    readonly wakeAt: number | null;
  };
}

export type EdgeFace = 'taken' | 'flowing' | 'passed-by' | 'open';

export interface RunFaces {
  readonly steps: Readonly<Record<NodeId, StepFace>>;
  readonly edges: Readonly<Record<EdgeId, EdgeFace>>;
}

const UNDO_STATES = {
  none: 'none',
  captured: 'ready',
  running: 'undoing',
  waiting: 'undoing',
  retrying: 'undo-retrying',
  done: 'undone',
  blocked: 'undo-blocked',
  skipped: 'undo-skipped',
} as const;

const UNDER_WAY: readonly UndoStatus[] = ['running', 'waiting', 'retrying'];

/**
 * @param shown the bodies of loops and scopes that are looked at
 * @param orders the place of each step in the order of undoing; empty while nothing is undone
 */
export function runFaces(
  graph: Graph,
  definition: SagaDefinition,
  state: RunState | null,
  shown: ShownBodies,
  orders: Readonly<Record<NodeId, number>>,
): RunFaces {
  if (!state) return { steps: {}, edges: {} };
  const isDead = (edge: EdgeId, to: NodeId) => settledAs(definition, state, shown, edge, to) === 'dead';
  const over = state.endedAt !== null;
  const steps: Record<NodeId, StepFace> = {};
  for (const node of Object.values(graph.nodes)) {
    const trigger = definition.triggers[node.id];
    const id = shownInstance(definition, state, shown, node.id);
    const instance = id === null ? undefined : state.instances[id];
    if (trigger) {
      steps[node.id] = startedFace(state.trigger === node.id, state.startedAt);
    } else if (instance) {
      const step = definition.steps[node.id];
      steps[node.id] = {
        state: stepDisplayState(instance, over),
        forward: over ? leftAs(instance.status) : instance.status,
        attempt: instance.attempt,
        maxAttempts: step && isAttempted(step) ? step.retry.maxAttempts : null,
        startedAt: instance.startedAt,
        settledAt: instance.settledAt,
        wakeAt: over ? null : instance.wakeAt,
        passedBy: false,
        undo: {
          state: over && UNDER_WAY.includes(instance.undo.status) ? 'undo-left' : UNDO_STATES[instance.undo.status],
          order: orders[node.id] ?? null,
          attempt: instance.undo.attempt,
          wakeAt: over ? null : instance.undo.wakeAt,
        },
      };
    } else {
      const into = edgesInto(graph, node.id);
      const dead = into.length > 0 && into.every((edge) => isDead(edge.id, node.id));
      steps[node.id] = { ...startedFace(false, null), passedBy: dead || over };
    }
  }
  return { steps, edges: edgeFaces(graph, definition, state, shown, steps) };
}

function startedFace(started: boolean, at: number | null): StepFace {
  return {
    state: started ? 'succeeded' : 'idle',
    forward: started ? 'succeeded' : 'idle',
    attempt: 0,
    maxAttempts: null,
    startedAt: at,
    settledAt: null,
    wakeAt: null,
    passedBy: false,
    undo: { state: 'none', order: null, attempt: 0, wakeAt: null },
  };
}

function edgeFaces(
  graph: Graph,
  definition: SagaDefinition,
  state: RunState,
  shown: ShownBodies,
  steps: Readonly<Record<NodeId, StepFace>>,
): Record<EdgeId, EdgeFace> {
  return Object.fromEntries(
    Object.values(graph.edges).map((edge): [EdgeId, EdgeFace] => {
      const settled = settledAs(definition, state, shown, edge.id, edge.to);
      if (settled === 'taken') return [edge.id, steps[edge.to]?.state === 'running' ? 'flowing' : 'taken'];
      return [edge.id, settled === 'dead' || state.endedAt !== null ? 'passed-by' : 'open'];
    }),
  );
}

/** A line runs in the body that its target lies in. */
function settledAs(
  definition: SagaDefinition,
  state: RunState,
  shown: ShownBodies,
  edge: EdgeId,
  to: NodeId,
): 'taken' | 'dead' | undefined {
  const path = shown.get(definition.steps[to]?.scope ?? '');
  return path === null || path === undefined ? undefined : state.transitions[transitionKey(edge, path)];
}
