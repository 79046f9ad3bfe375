/** Checks of the flow: circles, steps that would fire twice, joins, regions of handlers and save-points, dead cases. */
import type { NodeOf } from '../../graph/index.js';
import type { Report } from './diagnostic.js';
import { innerEdges } from './flow.js';
import type { Flow, FlowNode } from './flow.js';
import type { Level, Proof } from './level.js';
import { loserRegion } from './losers.js';
import { fix } from './quick-fix.js';
import { constantOf } from './read-template.js';

export function checkFlow(flow: Flow, report: Report): void {
  for (const level of flow.levels.values()) {
    if (level.proof === null) {
      reportCycle(flow, level, report);
      continue;
    }
    for (const id of level.order) {
      const node = flow.byId.get(id);
      if (!node) continue;
      if (node.kind === 'join') checkJoin(flow, level.proof, node, report);
      else checkMeetings(flow, level.proof, node, report);
      if (node.kind === 'branch' || node.kind === 'inclusive') checkCases(node, report);
      if (node.kind === 'scope' && node.savePoint) checkResume(flow, node, report);
    }
    checkHandler(flow, level, level.proof, report);
  }
}

/** Follows edges backwards among what could not be ordered; the first node met twice closes the circle. */
function reportCycle(flow: Flow, { rest }: Level, report: Report): void {
  const left = new Set(rest);
  const path: string[] = [];
  let id = rest[0];
  while (id !== undefined && !path.includes(id)) {
    path.push(id);
    id = flow.incoming.get(id)?.find((edge) => left.has(edge.from))?.from;
  }
  if (id === undefined) return;
  const circle = [...path.slice(path.indexOf(id)), id].reverse();
  const names = circle.map((each) => flow.byId.get(each)?.name ?? each).join(' → ');
  const message = `The edges run in a circle: ${names}. Delete one of them; only a repeat step goes back.`;
  report('error', 'flow.cycle', message, { node: id });
}

function checkMeetings(flow: Flow, proof: Proof, node: FlowNode, report: Report): void {
  const meeting = proof.meeting(node.id);
  if (!meeting) return;
  const [a, b] = meeting.map((edge) => flow.byId.get(edge.from)?.name ?? edge.from);
  const message = `Parallel branches from ${a} and ${b} meet at ${node.name}, which would run once only for both; put a join before it.`;
  const place = { node: node.id, edge: meeting[1].id };
  report('error', 'flow.fires-twice', message, place, [
    { label: 'Put a join before it', edit: { kind: 'insert-join', before: node.id } },
  ]);
}

function checkJoin(flow: Flow, proof: Proof, join: NodeOf<'join'>, report: Report): void {
  const incoming = (flow.incoming.get(join.id) ?? []).filter((edge) => flow.reachable.has(edge.from));
  const place = { node: join.id };
  if (incoming.length === 1) {
    const message = `Join ${join.name} has one incoming edge and joins nothing; connect the other branches.`;
    report('warning', 'join.single-input', message, place, [fix.deleteStep(join, true)]);
  }
  const { mode } = join;
  const most = mode.kind === 'n-of-m' ? mostTogether(incoming.length, proof.countMeetings(join.id)) : 0;
  if (mode.kind === 'n-of-m' && mode.n > most) {
    const message = `Join ${join.name} waits for ${mode.n} branches, but at most ${most} can arrive; lower the number or connect more branches.`;
    report('error', 'join.never-fires', message, { ...place, field: 'mode.n' }, [
      most > 0 ? fix.set(`Wait for ${most}`, join.id, ['mode', 'n'], most) : null,
    ]);
  }
  if (mode.kind === 'all' || mode.losers !== 'cancel') return;
  const letFinish = fix.set('Let the losers finish', join.id, ['mode', 'losers'], 'ignore');
  const region = new Set(loserRegion(flow, join.id));
  for (const id of region) {
    for (const edge of flow.outgoing.get(id) ?? []) {
      if (edge.to === join.id || region.has(edge.to) || flow.containers.get(edge.to)?.id === id) continue;
      const [from, to] = [flow.byId.get(id)?.name ?? id, flow.byId.get(edge.to)?.name ?? edge.to];
      const message = `Join ${join.name} cancels its losers, but ${from} can leave the branch to ${to}; lead that path into the join, or let the losers finish.`;
      report('error', 'join.losers-escape', message, { node: join.id, edge: edge.id }, [letFinish]);
    }
  }
  if (region.size === 0) return;
  for (const node of flow.nodes) {
    if (!('undo' in node) || node.undo?.kind !== 'pivot' || !flow.reachable.has(node.id)) continue;
    if (!isIn(flow, node.id, region)) continue;
    const message = `Step ${node.name} is a pivot in a branch that join ${join.name} may cancel; move it behind the join, or let the losers finish.`;
    report('error', 'join.pivot-among-losers', message, { node: node.id }, [letFinish]);
  }
}

/** The node, or a container around it, is in the set. */
function isIn(flow: Flow, id: string, set: ReadonlySet<string>): boolean {
  for (let at: string | undefined = id; at !== undefined; at = flow.containers.get(at)?.id)
    if (set.has(at)) return true;
  return false;
}

/** No more than k edges can carry a token together when there are fewer than k(k-1)/2 pairs that can. */
function mostTogether(edges: number, pairs: number): number {
  let most = Math.min(1, edges);
  while (most < edges && (most * (most + 1)) / 2 <= pairs) most += 1;
  return most;
}

/** The handler runs when the body has come to rest: no step belongs to both. */
function checkHandler(flow: Flow, { container, order }: Level, proof: Proof, report: Report): void {
  if (container?.kind !== 'scope' || innerEdges(flow, container.id, 'handler').length === 0) return;
  const first = order.find((id) => proof.isHandling(id) && proof.isInBody(id));
  const node = first === undefined ? undefined : flow.byId.get(first);
  if (!node) return;
  const into = flow.incoming.get(node.id) ?? [];
  const edge = into.find((each) =>
    each.from === container.id ? each.port === 'handler' : proof.isHandling(each.from),
  );
  const message = `Step ${node.name} in scope ${container.name} belongs to what is done and to what is done on failure; give the handler steps of its own.`;
  report('error', 'handler.meets-body', message, { node: node.id, ...(edge && { edge: edge.id }) }, [
    edge ? fix.deleteEdge(edge.id) : null,
  ]);
}

/** Whatever lies behind `resume` is only reached by it: a run that resumes must find it untouched (S24). */
function checkResume(flow: Flow, scope: NodeOf<'scope'>, report: Report): void {
  const region = new Set<string>();
  const open = (flow.outgoing.get(scope.id) ?? []).filter((edge) => edge.port === 'resume').map((edge) => edge.to);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (region.has(id)) continue;
    region.add(id);
    for (const edge of flow.outgoing.get(id) ?? []) if (flow.containers.get(edge.to)?.id !== id) open.push(edge.to);
  }
  for (const id of region) {
    const stranger = flow.incoming
      .get(id)
      ?.find((edge) => !region.has(edge.from) && !(edge.from === scope.id && edge.port === 'resume'));
    if (!stranger) continue;
    const [node, from] = [flow.byId.get(id)?.name ?? id, flow.byId.get(stranger.from)?.name ?? stranger.from];
    const message = `Step ${node} is reached when save-point ${scope.name} resumes, and from ${from} as well; a path that resumes needs steps of its own.`;
    report('error', 'savepoint.resume-meets', message, { node: id, edge: stranger.id });
    return;
  }
}

function checkCases(node: NodeOf<'branch' | 'inclusive'>, report: Report): void {
  let certain: string | null = null;
  for (const [index, each] of node.cases.entries()) {
    const label = each.label || each.id;
    const place = { node: node.id, field: `cases.${index}.when` };
    const constant = constantOf(each.when);
    const fixes = node.cases.length > 1 ? [fix.clear(`Delete case "${label}"`, node.id, ['cases', index])] : [];
    if (certain !== null && node.kind === 'branch') {
      const message = `Case "${label}" of step ${node.name} is never reached: case "${certain}" is always true.`;
      report('warning', 'branch.dead', message, place, fixes);
    } else if (constant === false) {
      const message = `Case "${label}" of step ${node.name} is never true; change its condition or delete it.`;
      report('warning', 'branch.dead', message, place, fixes);
    } else if (constant === true) certain ??= label;
  }
}
