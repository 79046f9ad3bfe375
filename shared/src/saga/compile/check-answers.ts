/** Checks of what a run gives back: answers to its caller, and outputs that nobody reads. */
import type { NodeOf } from '../../graph/index.js';
import { isBeforeAcross, meet } from './across.js';
import { effectOf, operationOf } from './build.js';
import type { Catalogue } from './build.js';
import type { Readers } from './check-references.js';
import type { Report } from './diagnostic.js';
import { containersAround, isTriggerNode } from './flow.js';
import type { Flow, FlowNode } from './flow.js';
import { fix } from './quick-fix.js';

/** Somebody waits for these at the other end of a line. */
const ASKED: ReadonlySet<string> = new Set(['trigger.webhook', 'trigger.manual']);

/** @param flow with a proof on every level */
export function checkAnswers(flow: Flow, report: Report): void {
  const answers = flow.nodes.filter(
    (node): node is NodeOf<'respond'> => node.kind === 'respond' && flow.reachable.has(node.id),
  );
  if (answers.length === 0) return;
  if (!flow.nodes.some((node) => ASKED.has(node.kind))) {
    for (const node of answers) {
      const message = `Step ${node.name} answers, but nobody asks: only webhooks and calls from outside wait for an answer; delete it.`;
      report('hint', 'respond.nobody', message, { node: node.id }, [fix.deleteStep(node, true)]);
    }
    return;
  }
  for (const node of answers) checkDoubled(flow, node, answers, report);
  checkMissing(flow, answers, report);
}

function checkDoubled(flow: Flow, node: NodeOf<'respond'>, answers: readonly FlowNode[], report: Report): void {
  const loop = containersAround(flow, node.id).find((around) => around.kind !== 'scope');
  const earlier = answers.find((other) => other.id !== node.id && isBeforeAcross(flow, other.id, node.id));
  const beside = answers.find((other) => {
    const meeting = other.id < node.id ? meet(flow, other.id, node.id) : null;
    return meeting !== null && meeting.a !== meeting.b && meeting.proof.concurrent(meeting.a, meeting.b);
  });
  const where = loop
    ? `in every pass of ${loop.name}`
    : earlier
      ? `after ${earlier.name} has`
      : beside && `beside ${beside.name}`;
  if (!where) return;
  const message = `Step ${node.name} answers ${where}, but only the first answer is sent; answer once on each way.`;
  report('warning', 'respond.doubled', message, { node: node.id }, [loop ? null : fix.deleteStep(node, true)]);
}

/** Ways of the outermost level that end without an answer, although others have one. */
function checkMissing(flow: Flow, answers: readonly FlowNode[], report: Report): void {
  const answering = new Set<string>();
  for (const { id } of answers) {
    answering.add(id);
    for (const around of containersAround(flow, id)) answering.add(around.id);
  }
  for (const node of flow.nodes) {
    if (node.kind !== 'end' || flow.containers.get(node.id) || !flow.reachable.has(node.id)) continue;
    const way = wayWithoutAnswer(flow, node.id, answering);
    if (way === null) continue;
    const message = `A run that ends at ${node.name} by ${way} never answers, although others do; put a respond step on that way.`;
    report('hint', 'respond.missing', message, { node: node.id });
  }
}

/** Name of a step right before the end on a way from an asking trigger that passes no answer. */
function wayWithoutAnswer(flow: Flow, end: string, answering: ReadonlySet<string>): string | null {
  const silent = new Set<string>();
  const open = flow.nodes.filter((node) => ASKED.has(node.kind)).map(({ id }) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (silent.has(id) || answering.has(id)) continue;
    silent.add(id);
    for (const edge of flow.outgoing.get(id) ?? []) {
      if (edge.to === end) return flow.byId.get(id)?.name ?? id;
      open.push(edge.to);
    }
  }
  return null;
}

/** Only of steps that exist for their output. */
export function checkUnused(flow: Flow, readers: Readers, catalogue: Catalogue | null, report: Report): void {
  if (readers.all) return;
  for (const node of flow.nodes) {
    if (isTriggerNode(node) || !flow.reachable.has(node.id) || !isForItsOutput(node, catalogue)) continue;
    // The last step of a body gives the body's output.
    const isLast = flow.outgoing.get(node.id)?.length === 0 && flow.containers.get(node.id);
    if (isLast || readers.keys.has(flow.keys.get(node.id) ?? '')) continue;
    const message = `Nobody reads the output of step ${node.name}; read it somewhere, or delete the step.`;
    report('hint', 'output.unused', message, { node: node.id }, [fix.deleteStep(node, true)]);
  }
}

function isForItsOutput(node: FlowNode, catalogue: Catalogue | null): boolean {
  if (node.kind === 'code') return true;
  if (node.kind === 'transform') return node.assign === undefined || Object.keys(node.assign).length === 0;
  if (node.kind !== 'action') return false;
  const effect = effectOf(node, operationOf(catalogue, node));
  return effect === 'pure' || effect === 'read';
}
