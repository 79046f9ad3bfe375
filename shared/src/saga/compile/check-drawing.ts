/** Checks of what is drawn, before anything is known about its flow: names, triggers, ports, edges. */
import { stepKey } from '../../graph/index.js';
import type { Graph, GraphEdge } from '../../graph/index.js';
import type { Report } from './diagnostic.js';
import { isFinal, isTrigger, nodesInOrder, portsOf } from './flow.js';
import type { Flow, FlowNode } from './flow.js';

/** Edges that lead somewhere, in a stable order; the others are reported. */
export function usableEdges(graph: Graph, report: Report): GraphEdge[] {
  const nodes = new Map(nodesInOrder(graph).map((node) => [node.id, node]));
  const seen = new Set<string>();
  return Object.values(graph.edges).filter((edge) => {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    const place = { edge: edge.id };
    if (!from || !to) {
      report(
        'error',
        'edge.dangling',
        `Edge ${edge.id} leads ${from ? 'to' : 'from'} a node that does not exist; delete it or connect it again.`,
        place,
      );
      return false;
    }
    if (isTrigger(to)) {
      report(
        'error',
        'trigger.incoming',
        `Trigger ${to.name} starts runs and cannot be reached from ${from.name}; delete the edge.`,
        { ...place, node: to.id },
      );
      return false;
    }
    if (isFinal(from)) {
      report(
        'error',
        'end.outgoing',
        `Step ${from.name} ends its path and cannot lead on to ${to.name}; delete the edge.`,
        { ...place, node: from.id },
      );
      return false;
    }
    if (from.kind === 'action' && edge.port === 'error' && from.onFailure !== 'error-edge') {
      const message = `Step ${from.name} has an edge for its failure, but does not use it; choose "error edge" on failure, or delete the edge.`;
      report('error', 'failure.error-edge-unused', message, { ...place, node: from.id, field: 'onFailure' });
      return false;
    }
    if (!portsOf(from).includes(edge.port)) {
      report('error', 'edge.port-unknown', `Step ${from.name} has no port ${edge.port}; connect the edge again.`, {
        ...place,
        node: from.id,
      });
      return false;
    }
    const key = `${edge.from}\n${edge.port}\n${edge.to}`;
    if (seen.has(key)) {
      report(
        'error',
        'edge.duplicate',
        `Two edges lead from ${from.name} to ${to.name} by the same port; delete one.`,
        place,
      );
      return false;
    }
    seen.add(key);
    return true;
  });
}

export function checkDrawing(flow: Flow, report: Report): void {
  const triggers = flow.nodes.filter(isTrigger);
  if (triggers.length === 0) report('error', 'trigger.missing', 'Nothing can start this workflow; add a trigger.');
  if (!flow.nodes.some((node) => node.kind === 'end' && flow.reachable.has(node.id))) {
    report('error', 'end.missing', 'No end can be reached; connect the last step to an end.');
  }
  checkNames(flow, report);
  for (const node of flow.nodes) {
    if (!flow.reachable.has(node.id)) {
      report(
        'warning',
        'step.unreachable',
        `Step ${node.name} cannot be reached from a trigger and will not run; connect it or delete it.`,
        { node: node.id },
      );
    } else {
      checkExits(flow, node, report);
    }
  }
}

function checkNames(flow: Flow, report: Report): void {
  const owners = new Map<string, FlowNode>();
  for (const node of flow.nodes) {
    if (isTrigger(node)) continue;
    const key = stepKey(node.name);
    const owner = owners.get(key);
    if (!owner) owners.set(key, node);
    else {
      const message = `Step ${node.name} would be reached as steps.${key} like step ${owner.name}; give it another name.`;
      report('error', 'name.duplicate', message, { node: node.id, field: 'name' });
    }
  }
}

function checkExits(flow: Flow, node: FlowNode, report: Report): void {
  const edges = flow.outgoing.get(node.id) ?? [];
  const place = { node: node.id };
  for (const port of portsOf(node)) {
    const count = edges.filter((edge) => edge.port === port).length;
    if (count === 0) missingExit(node, port, report);
    else if (count > 1 && node.kind !== 'parallel') {
      report(
        'hint',
        'port.implicit-parallel',
        `Step ${node.name} starts ${count} branches at once; put a parallel step behind it to show that.`,
        place,
      );
    }
  }
  if (node.kind === 'parallel' && edges.length === 1) {
    report(
      'hint',
      'parallel.single',
      `Parallel step ${node.name} starts one branch only; add another or delete it.`,
      place,
    );
  }
}

function missingExit(node: FlowNode, port: string, report: Report): void {
  const place = { node: node.id };
  if (isTrigger(node)) {
    report('error', 'trigger.unconnected', `Trigger ${node.name} starts nothing; connect it to the first step.`, place);
  } else if (node.kind === 'branch') {
    const label = port === 'else' ? 'Else' : node.cases.find((each) => each.id === port)?.label || port;
    report(
      'warning',
      'branch.case-unconnected',
      `Case "${label}" of step ${node.name} leads nowhere, its path ends there; connect it to an end.`,
      { ...place, field: port },
    );
  } else if (port === 'error') {
    report(
      'error',
      'failure.error-edge-missing',
      `Step ${node.name} should leave by its error edge on failure, but has none; connect its port "error".`,
      { ...place, field: 'onFailure' },
    );
  } else {
    report(
      'error',
      'step.no-exit',
      `Step ${node.name} has no outgoing edge; connect it or put an end behind it.`,
      place,
    );
  }
}
