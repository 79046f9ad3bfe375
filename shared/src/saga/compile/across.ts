/** Questions about two steps that may lie on different levels: they are answered on the innermost level that holds both. */
import type { ContainerNode } from '../../graph/index.js';
import { ROOT_SCOPE } from '../definition.js';
import { containersAround } from './flow.js';
import type { Flow } from './flow.js';
import type { Proof } from './level.js';

/** Two steps, each seen from the innermost level that holds both: as itself, or as the container around it. */
export interface Meeting {
  readonly proof: Proof;
  /** The container of that level; null = the run. */
  readonly container: ContainerNode | null;
  readonly a: string;
  readonly b: string;
  /** Containers between that level and the second step, the outermost first. */
  readonly aroundB: readonly ContainerNode[];
}

/** @returns null while the level has a circle */
export function meet(flow: Flow, a: string, b: string): Meeting | null {
  const [outA, outB] = [chain(flow, a), chain(flow, b)];
  let shared = 0;
  while (outA[shared] !== undefined && outA[shared]?.id === outB[shared]?.id) shared += 1;
  const container = shared === 0 ? null : (outA[shared - 1] ?? null);
  const proof = flow.levels.get(container?.id ?? ROOT_SCOPE)?.proof ?? null;
  if (proof === null) return null;
  return {
    proof,
    container,
    a: outA[shared]?.id ?? a,
    b: outB[shared]?.id ?? b,
    aroundB: outB.slice(shared),
  };
}

/** Containers around a node, the outermost first. */
function chain(flow: Flow, id: string): ContainerNode[] {
  return containersAround(flow, id).reverse();
}

/** There is a way from the first to the second. */
export function isBeforeAcross(flow: Flow, earlier: string, later: string): boolean {
  const meeting = meet(flow, earlier, later);
  return meeting !== null && meeting.a !== meeting.b && meeting.proof.isBefore(meeting.a, meeting.b);
}
