/** Checks of what can be undone across the whole flow: pivots, irreversible steps, scopes undone as a unit. */
import type { NodeOf } from '../../graph/index.js';
import { isBeforeAcross, meet } from './across.js';
import { hasEffect } from './build.js';
import type { Catalogue } from './build.js';
import type { Report } from './diagnostic.js';
import { containersAround, isTriggerNode } from './flow.js';
import type { Flow, FlowNode, FlowStep } from './flow.js';
import { fix } from './quick-fix.js';

type Declared = NodeOf<'action' | 'call' | 'emit' | 'scope'>;
/** Steps that reach outside by attempts. */
type Attempted = NodeOf<'action' | 'call' | 'emit'>;
const isAttempted = (node: FlowStep): node is Attempted =>
  node.kind === 'action' || node.kind === 'call' || node.kind === 'emit';

/** @param flow with a proof on every level */
export function checkUndo(flow: Flow, catalogue: Catalogue | null, report: Report): void {
  const steps = flow.nodes.filter((node): node is FlowStep => flow.reachable.has(node.id) && !isTriggerNode(node));
  const declared = steps.filter((node): node is Declared => 'undo' in node);
  const attempted = steps.filter(isAttempted);
  const pivots = declared.filter((node) => node.undo?.kind === 'pivot');
  for (const pivot of pivots) {
    checkAround(flow, pivot, report);
    const earlier = pivots.find((other) => other !== pivot && isBeforeAcross(flow, other.id, pivot.id));
    if (earlier) {
      const message = `Step ${pivot.name} is a second pivot after ${earlier.name}; from the first one on the run only goes forward, so declare one of them otherwise.`;
      report('error', 'pivot.doubled', message, { node: pivot.id, field: 'undo' }, [
        fix.set('Say that it needs no undo', pivot.id, ['undo'], {
          kind: 'not-needed',
          reason: `Behind pivot ${earlier.name} nothing is undone.`,
        }),
      ]);
    }
    const beside = attempted.find((other) => other.id !== pivot.id && isConcurrent(flow, pivot.id, other.id));
    if (beside) {
      const message = `Pivot ${pivot.name} runs beside ${beside.name}: if that one fails after the pivot it can only be repeated; join the branches before the pivot.`;
      report('warning', 'pivot.parallel', message, { node: pivot.id, field: 'undo' });
    }
  }
  checkIrreversible(flow, declared, attempted, pivots, report);
  checkSavePoints(flow, steps, report);
  checkLoops(flow, steps, catalogue, report);
}

function isConcurrent(flow: Flow, a: string, b: string): boolean {
  const meeting = meet(flow, a, b);
  return meeting !== null && meeting.a !== meeting.b && meeting.proof.concurrent(meeting.a, meeting.b);
}

/** A pivot ends the undoing of everything around it: that cannot be once per item, nor inside of what is undone as one. */
function checkAround(flow: Flow, pivot: Declared, report: Report): void {
  for (const container of containersAround(flow, pivot.id)) {
    const place = { node: pivot.id, field: 'undo' };
    if (container.kind !== 'scope') {
      const message = `Pivot ${pivot.name} lies in loop ${container.name} and would be passed several times; put it behind the loop, or declare it otherwise.`;
      report('error', 'pivot.in-loop', message, place, [
        fix.set('Call it irreversible', pivot.id, ['undo'], { kind: 'irreversible' }),
      ]);
      return;
    }
    const own = container.undo?.kind === 'compensation' || container.undo?.kind === 'not-needed';
    if (container.undoAsUnit || own) {
      const message = `Pivot ${pivot.name} lies in scope ${container.name}, which is undone as one; move the pivot out of it, or have the scope's steps undone one by one.`;
      report('error', 'pivot.in-unit', message, place, [
        own
          ? fix.clear('Undo its steps one by one', container.id, ['undo'])
          : fix.set('Undo its steps one by one', container.id, ['undoAsUnit'], false),
      ]);
      return;
    }
  }
}

function checkIrreversible(
  flow: Flow,
  declared: readonly Declared[],
  attempted: readonly FlowNode[],
  pivots: readonly Declared[],
  report: Report,
): void {
  const canFail = attempted.filter((node) => 'onFailure' in node && node.onFailure === 'fail');
  for (const node of declared) {
    if (node.undo?.kind !== 'irreversible') continue;
    if (pivots.some((pivot) => isBeforeAcross(flow, pivot.id, node.id))) continue;
    const follower = canFail.find((other) => other.id !== node.id && isBeforeAcross(flow, node.id, other.id));
    if (!follower) continue;
    const message = `Step ${node.name} cannot be undone, but ${follower.name} after it can still fail; move it behind the steps that can fail.`;
    report('warning', 'irreversible.early', message, { node: node.id, field: 'undo' });
  }
}

function checkSavePoints(flow: Flow, steps: readonly FlowStep[], report: Report): void {
  for (const node of steps) {
    if (node.kind !== 'scope' || !node.savePoint) continue;
    const unit = containersAround(flow, node.id).find((around) => around.kind === 'scope' && around.undoAsUnit);
    if (!unit) continue;
    const message = `Save-point ${node.name} does not count when scope ${unit.name} around it fails, since that is undone as a unit; make one of them a plain scope.`;
    report('hint', 'savepoint.ignored', message, { node: node.id, field: 'savePoint' }, [
      fix.set('Undo the steps around it one by one', unit.id, ['undoAsUnit'], false),
    ]);
  }
}

/** More calls at a time than most participants bear. */
const MANY_AT_ONCE = 100;

function checkLoops(flow: Flow, steps: readonly FlowStep[], catalogue: Catalogue | null, report: Report): void {
  for (const loop of steps) {
    if (loop.kind !== 'for-each' || loop.mode.kind !== 'parallel' || loop.mode.limit <= MANY_AT_ONCE) continue;
    const inside = steps.find(
      (node) =>
        isAttempted(node) &&
        !node.concurrency &&
        !node.rate &&
        hasEffect(node, catalogue) &&
        containersAround(flow, node.id).includes(loop),
    );
    if (!inside) continue;
    const message = `Loop ${loop.name} has up to ${loop.mode.limit} items under way at once, each calling ${inside.name}; lower its limit, or give that step a limit of its own.`;
    report('warning', 'loop.unbounded-effects', message, { node: loop.id, field: 'mode.limit' }, [
      fix.set('Ten items at a time', loop.id, ['mode', 'limit'], 10),
    ]);
  }
}
