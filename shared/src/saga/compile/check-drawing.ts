/** Checks of what is drawn, before anything is known about its flow: names, triggers, containers, ports, edges. */
import { isContainer, isFinal, isHolder, plainPorts, portLabel, portsOf, stepKey } from '../../graph/index.js';
import type { ContainerNode, Graph, GraphEdge } from '../../graph/index.js';
import type { Report } from './diagnostic.js';
import { innerEdges, isTriggerNode, leadsInside } from './flow.js';
import type { Flow, FlowNode } from './flow.js';
import { fix } from './quick-fix.js';

/** Edges that lead somewhere, in a stable order; the others are reported. */
export function usableEdges(
  graph: Graph,
  nodes: readonly FlowNode[],
  containers: ReadonlyMap<string, ContainerNode | null>,
  report: Report,
): GraphEdge[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  return Object.values(graph.edges).filter((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    const place = { edge: edge.id };
    const fixes = [fix.deleteEdge(edge.id)];
    if (!from || !to) {
      const message = `Edge ${edge.id} leads ${from ? 'to' : 'from'} a node that does not exist; delete it or connect it again.`;
      report('error', 'edge.dangling', message, place, fixes);
      return false;
    }
    if (isTriggerNode(to)) {
      const message = `Trigger ${to.name} starts runs and cannot be reached from ${from.name}; delete the edge.`;
      report('error', 'trigger.incoming', message, { ...place, node: to.id }, fixes);
      return false;
    }
    if (isFinal(from.kind)) {
      const message = `Step ${from.name} ends its path and cannot lead on to ${to.name}; delete the edge.`;
      report('error', 'end.outgoing', message, { ...place, node: from.id }, fixes);
      return false;
    }
    if (!checkPort(graph, from, edge, report)) return false;
    const target = containers.get(to.id)?.id ?? null;
    if (target !== (leadsInside(from, edge.port) ? from.id : (containers.get(from.id)?.id ?? null))) {
      const message = `The edge from ${from.name} to ${to.name} crosses the border of a container; let it begin and end in the same one, and lead into a container by its body.`;
      report('error', 'edge.crosses-border', message, { ...place, node: from.id }, fixes);
      return false;
    }
    const key = `${edge.from}\n${edge.port}\n${edge.to}`;
    if (seen.has(key)) {
      const message = `Two edges lead from ${from.name} to ${to.name} by the same port; delete one.`;
      report('error', 'edge.duplicate', message, place, fixes);
      return false;
    }
    seen.add(key);
    return true;
  });
}

function checkPort(graph: Graph, from: FlowNode, edge: GraphEdge, report: Report): boolean {
  if (portsOf(from).includes(edge.port) || leadsInside(from, edge.port)) return true;
  const place = { node: from.id, edge: edge.id };
  const { name, id } = from;
  const remove = fix.deleteEdge(edge.id);
  const behind = reachedFrom(graph, edge.to);
  const isFree = !behind.has(id);
  if (edge.port === 'error' && 'onFailure' in from) {
    const message = `Step ${name} has an edge for its failure, but does not use it; choose "error edge" on failure, or delete the edge.`;
    const use = fix.set('Leave by the error edge on failure', id, ['onFailure'], 'error-edge');
    report('error', 'failure.error-edge-unused', message, { ...place, field: 'onFailure' }, [
      isFree ? use : null,
      remove,
    ]);
  } else if (edge.port === 'timeout' && 'onTimeout' in from) {
    const message = `Step ${name} has an edge for running out of time, but does not use it; choose "timeout edge", or delete the edge.`;
    const use = fix.set('Leave by the timeout edge', id, ['onTimeout'], 'timeout-edge');
    report('error', 'failure.timeout-edge-unused', message, { ...place, field: 'onTimeout' }, [
      isFree ? use : null,
      remove,
    ]);
  } else if (edge.port === 'resume' && from.kind === 'scope') {
    const message = `Scope ${name} has an edge to resume by, but is no save-point; make it one, or delete the edge.`;
    const use = fix.set('Make it a save-point', id, ['savePoint'], true);
    const isApart = Object.values(graph.edges).every(
      (each) => each.id === edge.id || !behind.has(each.to) || behind.has(each.from),
    );
    report('error', 'savepoint.resume-unused', message, { ...place, field: 'savePoint' }, [
      isFree && isApart ? use : null,
      remove,
    ]);
  } else {
    report('error', 'edge.port-unknown', `Step ${name} has no port ${edge.port}; connect the edge again.`, place, [
      remove,
    ]);
  }
  return false;
}

/** The node, and all that edges lead to from it. */
function reachedFrom(graph: Graph, start: string): Set<string> {
  const edges = Object.values(graph.edges);
  const reached = new Set([start]);
  for (const id of reached) for (const edge of edges) if (edge.from === id) reached.add(edge.to);
  return reached;
}

export function checkDrawing(flow: Flow, report: Report): void {
  checkEnds(flow, report);
  checkNames(flow, report);
  checkParents(flow, report);
  for (const node of flow.nodes) {
    checkPortIds(node, report);
    if (!flow.reachable.has(node.id)) {
      const message = `Step ${node.name} cannot be reached from a trigger and will not run; connect it or delete it.`;
      report('warning', 'step.unreachable', message, { node: node.id }, [fix.deleteStep(node)]);
    } else {
      checkExits(flow, node, report);
      if (isContainer(node)) checkBody(flow, node, report);
    }
  }
}

function checkEnds(flow: Flow, report: Report): void {
  const first = flow.nodes.find((node) => !flow.containers.get(node.id) && flow.incoming.get(node.id)?.length === 0);
  if (!flow.nodes.some(isTriggerNode)) {
    report('error', 'trigger.missing', 'Nothing can start this workflow; add a trigger.', {}, [
      first ? { label: `Start ${first.name} by hand`, edit: { kind: 'add-trigger', to: first.id } } : null,
    ]);
  }
  const called = flow.nodes.filter((node) => node.kind === 'trigger.called');
  for (const again of called.slice(1)) {
    const message = `Trigger ${again.name} is a second one for calls by other workflows, which would not know which to use; delete one.`;
    report('error', 'trigger.called-doubled', message, { node: again.id }, [fix.deleteStep(again)]);
  }
  const ends = flow.nodes.some(
    (node) =>
      (node.kind === 'end' || node.kind === 'terminate') &&
      flow.reachable.has(node.id) &&
      !flow.containers.get(node.id),
  );
  if (ends) return;
  const last = flow.nodes.find(
    (node) =>
      flow.reachable.has(node.id) &&
      !flow.containers.get(node.id) &&
      !isFinal(node.kind) &&
      flow.outgoing.get(node.id)?.length === 0,
  );
  const port = last && plainPorts(last)[0];
  report('error', 'end.missing', 'No end can be reached; connect the last step to an end.', {}, [
    last && port !== undefined
      ? { label: `Put an end behind ${last.name}`, edit: { kind: 'add-end', from: last.id, port } }
      : null,
  ]);
}

function checkNames(flow: Flow, report: Report): void {
  for (const node of flow.nodes) {
    const key = flow.keys.get(node.id) ?? '';
    const owner = flow.byKey.get(key);
    if (isTriggerNode(node) || !owner || owner === node) continue;
    const taken = new Set(flow.keys.values());
    let n = 2;
    while (taken.has(stepKey(`${node.name.slice(0, 70)} ${n}`))) n += 1;
    const name = `${node.name.slice(0, 70)} ${n}`;
    const message = `Step ${node.name} would be reached as steps.${key} like step ${owner.name}; give it another name.`;
    report('error', 'name.duplicate', message, { node: node.id, field: 'name' }, [
      fix.set(`Name it ${name}`, node.id, ['name'], name),
    ]);
  }
}

function checkParents(flow: Flow, report: Report): void {
  for (const node of flow.nodes) {
    if (node.parent === undefined) continue;
    const container = flow.containers.get(node.id) ?? null;
    if (isTriggerNode(node) && container !== null) {
      const message = `Trigger ${node.name} lies in a container, but starts whole runs; move it out.`;
      const leadsOut = (flow.outgoing.get(node.id) ?? []).length === 0;
      report('error', 'trigger.inside', message, { node: node.id }, [
        leadsOut ? { label: `Move ${node.name} out`, edit: { kind: 'move', node: node.id, into: null } } : null,
      ]);
    } else if (!isSound(flow.graph, node.id)) {
      const message = `Step ${node.name} lies in something that holds no steps, or in itself; move it out.`;
      report('error', 'parent.invalid', message, { node: node.id, field: 'parent' }, [
        { label: `Move ${node.name} out`, edit: { kind: 'move', node: node.id, into: container?.id ?? null } },
      ]);
    }
  }
}

/** Every parent up to the canvas exists and can hold others. */
function isSound(graph: Graph, id: string): boolean {
  const seen = new Set([id]);
  for (let at = graph.nodes[id]?.parent; at !== undefined; at = graph.nodes[at]?.parent) {
    const holder = graph.nodes[at];
    if (!holder || !isHolder(holder) || seen.has(at)) return false;
    seen.add(at);
  }
  return true;
}

const OWN_PORTS = new Set(['out', 'else', 'error', 'timeout', 'body', 'handler', 'resume']);

function checkPortIds(node: FlowNode, report: Report): void {
  const [list, field] = choicesOf(node);
  const seen = new Set<string>();
  for (const [index, { id }] of list.entries()) {
    if (!seen.has(id) && !OWN_PORTS.has(id)) {
      seen.add(id);
      continue;
    }
    let n = 2;
    while (list.some((each) => each.id === `${id}-${n}`)) n += 1;
    const message = `Step ${node.name} has two ways on that are called ${id}; give one another id.`;
    report('error', 'port.id-taken', message, { node: node.id, field: `${field.join('.')}.${index}.id` }, [
      fix.set(`Call it ${id}-${n}`, node.id, [...field, index, 'id'], `${id.slice(0, 58)}-${n}`),
    ]);
  }
}

function choicesOf(node: FlowNode): [readonly { readonly id: string }[], string[]] {
  if (node.kind === 'branch' || node.kind === 'inclusive') return [node.cases, ['cases']];
  if (node.kind === 'race') return [node.arms, ['arms']];
  return node.kind === 'task' ? [node.task.outcomes, ['task', 'outcomes']] : [[], []];
}

function checkExits(flow: Flow, node: FlowNode, report: Report): void {
  const edges = flow.outgoing.get(node.id) ?? [];
  const place = { node: node.id };
  for (const port of portsOf(node)) {
    const count = edges.filter((edge) => edge.port === port).length;
    if (count === 0) missingExit(flow, node, port, report);
    else if (count > 1 && node.kind !== 'parallel') {
      const message = `Step ${node.name} starts ${count} branches at once; put a parallel step behind it to show that.`;
      report('hint', 'port.implicit-parallel', message, place);
    }
  }
  if (node.kind === 'parallel' && edges.length === 1) {
    const message = `Parallel step ${node.name} starts one branch only; add another or delete it.`;
    report('hint', 'parallel.single', message, place, [fix.deleteStep(node, true)]);
  }
}

/** Inside a container a path may simply stop; on the outermost level it must be drawn where it ends. */
function missingExit(flow: Flow, node: FlowNode, port: string, report: Report): void {
  const place = { node: node.id };
  const label = portLabel(node, port);
  const addEnd = fix.addEnd(node.id, port);
  const inside = Boolean(flow.containers.get(node.id));
  if (isTriggerNode(node)) {
    const message = `Trigger ${node.name} starts nothing; connect it to the first step.`;
    report('error', 'trigger.unconnected', message, place, [addEnd, fix.deleteStep(node)]);
  } else if (port === 'error' && 'onFailure' in node) {
    const message = `Step ${node.name} should leave by its error edge on failure, but has none; connect its port "error".`;
    const fail = fix.set('Let the failure go up instead', node.id, ['onFailure'], 'fail');
    report('error', 'failure.error-edge-missing', message, { ...place, field: 'onFailure' }, [fail, addEnd]);
  } else if (port === 'timeout' && 'onTimeout' in node) {
    const message = `Step ${node.name} should leave by its timeout edge, but has none; connect its port "timeout".`;
    const fail = fix.set('Take it for a failure instead', node.id, ['onTimeout'], 'fail');
    report('error', 'failure.timeout-edge-missing', message, { ...place, field: 'onTimeout' }, [fail, addEnd]);
  } else if (port === 'resume') {
    const message = `Save-point ${node.name} does not say how a run goes on from it; connect its port "resume".`;
    const plain = fix.set('Make it a plain scope', node.id, ['savePoint'], false);
    report('error', 'savepoint.resume-missing', message, { ...place, field: 'savePoint' }, [addEnd, plain]);
  } else if (node.kind === 'branch' || node.kind === 'inclusive') {
    if (inside && port === 'else') return;
    const message = `Case "${label}" of step ${node.name} leads nowhere, its path ends there; connect it to an end.`;
    report('warning', 'branch.case-unconnected', message, { ...place, field: port }, [addEnd]);
  } else if (node.kind === 'race') {
    const message = `Wait "${label}" of step ${node.name} leads nowhere, its path ends there; connect it to an end.`;
    report('warning', 'race.arm-unconnected', message, { ...place, field: port }, [addEnd]);
  } else if (node.kind === 'task') {
    const message = `Outcome "${label}" of step ${node.name} leads nowhere, its path ends there; connect it to an end.`;
    report('warning', 'task.outcome-unconnected', message, { ...place, field: port }, [addEnd]);
  } else if (!inside) {
    const message = `Step ${node.name} has no outgoing edge; connect it or put an end behind it.`;
    report('error', 'step.no-exit', message, place, [addEnd]);
  }
}

function checkBody(flow: Flow, node: ContainerNode, report: Report): void {
  if (innerEdges(flow, node.id, 'body').length > 0) return;
  const first = flow.nodes.find(
    (each) =>
      flow.containers.get(each.id)?.id === node.id &&
      !isTriggerNode(each) &&
      !flow.incoming.get(each.id)?.some((edge) => edge.from !== each.id),
  );
  const message = `${node.name} does nothing: no step inside is the first; connect its port "does" to one.`;
  report('error', 'container.empty', message, { node: node.id }, [
    first
      ? { label: `Begin with ${first.name}`, edit: { kind: 'connect', from: node.id, port: 'body', to: first.id } }
      : null,
    fix.deleteStep(node, true),
  ]);
}
