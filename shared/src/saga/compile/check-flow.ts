/** Checks of the flow: steps that would fire twice, joins, pivots, irreversible steps, dead cases. */
import type { NodeOf } from '../../graph/index.js';
import type { Report } from './diagnostic.js';
import { Bits } from './bits.js';
import type { Analysis, Flow, FlowNode } from './flow.js';

export function checkFlow(flow: Flow, analysis: Analysis, report: Report): void {
  for (const id of analysis.order) {
    const node = flow.byId.get(id);
    if (node?.kind === 'join') checkJoin(flow, analysis, node, report);
    else if (node) checkMeetings(flow, analysis, node, report);
    if (node?.kind === 'branch') checkCases(node, report);
  }
  checkPivots(flow, analysis, report);
}

function checkMeetings(flow: Flow, analysis: Analysis, node: FlowNode, report: Report): void {
  const meeting = analysis.meetings(node.id)[0];
  if (!meeting) return;
  const [a, b] = meeting.map((edge) => flow.byId.get(edge.from)?.name ?? edge.from);
  const message = `Parallel branches from ${a} and ${b} meet at ${node.name}, which would run once only for both; put a join before it.`;
  report('error', 'flow.fires-twice', message, { node: node.id, edge: meeting[1].id });
}

function checkJoin(flow: Flow, analysis: Analysis, join: NodeOf<'join'>, report: Report): void {
  const incoming = flow.incoming.get(join.id) ?? [];
  const place = { node: join.id };
  if (incoming.length === 1)
    report(
      'warning',
      'join.single-input',
      `Join ${join.name} has one incoming edge and joins nothing; connect the other branches.`,
      place,
    );
  const most = mostTogether(incoming.length, analysis.meetings(join.id).length);
  if (join.mode.kind === 'n-of-m' && join.mode.n > most) {
    const message = `Join ${join.name} waits for ${join.mode.n} branches, but at most ${most} can arrive; lower the number or connect more branches.`;
    report('error', 'join.never-fires', message, { ...place, field: 'mode.n' });
  }
  if (join.mode.kind === 'all' || join.mode.losers !== 'cancel') return;
  const region = loserRegion(flow, analysis, join.id);
  for (const id of region) {
    const node = flow.byId.get(id);
    if (!node) continue;
    if (node.kind === 'action' && node.undo?.kind === 'pivot') {
      const message = `Step ${node.name} is a pivot in a branch that join ${join.name} may cancel; move it behind the join, or let the losers finish.`;
      report('error', 'join.pivot-among-losers', message, { node: id });
    }
    for (const edge of flow.outgoing.get(id) ?? []) {
      if (edge.to === join.id || region.has(edge.to)) continue;
      const target = flow.byId.get(edge.to)?.name ?? edge.to;
      const message = `Join ${join.name} cancels its losers, but ${node.name} can leave the branch to ${target}; lead that path into the join, or let the losers finish.`;
      report('error', 'join.losers-escape', message, { node: join.id, edge: edge.id });
    }
  }
}

/** No more than k edges can carry a token together when there are fewer than k(k-1)/2 pairs that can. */
function mostTogether(edges: number, pairs: number): number {
  let most = Math.min(1, edges);
  while (most < edges && (most * (most + 1)) / 2 <= pairs) most += 1;
  return most;
}

/** Steps between the fork and a join, with `fail` steps that only they lead to. */
export function loserRegion(flow: Flow, analysis: Analysis, join: string): Set<string> {
  const index = analysis.index.get(join) ?? -1;
  const fork = analysis.dominator(join);
  const forkIndex = fork === null ? -1 : (analysis.index.get(fork) ?? -1);
  const region = new Set<string>();
  const before = analysis.ancestors[index] ?? new Bits(0);
  for (const i of before.members()) {
    const id = analysis.order[i];
    const node = id === undefined ? undefined : flow.byId.get(id);
    if (id === undefined || !node || node.kind.startsWith('trigger.')) continue;
    if (fork === null || analysis.ancestors[i]?.has(forkIndex)) region.add(id);
  }
  for (const id of analysis.order) {
    const sources = (flow.incoming.get(id) ?? []).filter((edge) => flow.reachable.has(edge.from));
    if (flow.byId.get(id)?.kind === 'fail' && sources.length > 0 && sources.every((edge) => region.has(edge.from)))
      region.add(id);
  }
  return region;
}

function checkCases(node: NodeOf<'branch'>, report: Report): void {
  let certain: string | null = null;
  for (const each of node.cases) {
    const label = each.label || each.id;
    const place = { node: node.id, field: `cases.${each.id}.when` };
    const constant = each.when.replace(/^\s*\{\{\s*(true|false)\s*\}\}\s*$/, '$1');
    if (certain !== null)
      report(
        'warning',
        'branch.dead',
        `Case "${label}" of step ${node.name} is never reached: case "${certain}" is always true.`,
        place,
      );
    else if (constant === 'false')
      report(
        'warning',
        'branch.dead',
        `Case "${label}" of step ${node.name} is never true; change its condition or delete it.`,
        place,
      );
    else if (constant === 'true') certain = label;
  }
}

function checkPivots(flow: Flow, analysis: Analysis, report: Report): void {
  const actions = analysis.order
    .map((id) => flow.byId.get(id))
    .filter((node) => node?.kind === 'action') as NodeOf<'action'>[];
  const isAncestor = (a: FlowNode, b: FlowNode) =>
    analysis.ancestors[analysis.index.get(b.id) ?? -1]?.has(analysis.index.get(a.id) ?? -1) ?? false;
  const pivots = actions.filter((node) => node.undo?.kind === 'pivot');
  for (const pivot of pivots) {
    const earlier = pivots.find((other) => isAncestor(other, pivot));
    if (earlier) {
      const message = `Step ${pivot.name} is a second pivot after ${earlier.name}; from the first one on the run only goes forward, so declare one of them otherwise.`;
      report('error', 'pivot.doubled', message, { node: pivot.id, field: 'undo' });
    }
    const beside = actions.find((other) => other !== pivot && analysis.concurrent(pivot.id, other.id));
    if (beside) {
      const message = `Pivot ${pivot.name} runs beside ${beside.name}: if that one fails after the pivot it can only be repeated; join the branches before the pivot.`;
      report('warning', 'pivot.parallel', message, { node: pivot.id, field: 'undo' });
    }
  }
  for (const node of actions) {
    if (node.undo?.kind !== 'irreversible') continue;
    const follower = actions.find((other) => isAncestor(node, other) && other.onFailure === 'fail');
    const pastPivot = pivots.some((pivot) => isAncestor(pivot, node));
    if (follower && !pastPivot) {
      const message = `Step ${node.name} cannot be undone, but ${follower.name} after it can still fail; move it behind the steps that can fail.`;
      report('warning', 'irreversible.early', message, { node: node.id, field: 'undo' });
    }
  }
}
