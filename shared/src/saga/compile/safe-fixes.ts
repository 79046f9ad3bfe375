/** Which fixes keep their promise on this drawing: to add no error. Those that would not are not offered. */
import { isContainer, mainPort, nodesInside } from '../../graph/index.js';
import type { Readers } from './check-references.js';
import { isTriggerNode } from './flow.js';
import type { Flow } from './flow.js';
import { loserRegion } from './losers.js';
import type { QuickFix } from './quick-fix.js';

export function safeFixes(flow: Flow, readers: Readers): (fix: QuickFix) => boolean {
  let losers: ReadonlySet<string> | null = null;
  return ({ edit }) => {
    switch (edit.kind) {
      case 'remove-node':
        return isSpare(flow, readers, edit.node) && (!edit.heal || canHeal(flow, edit.node));
      case 'add-end':
        // A path out of the branch of a join that cancels its losers is an error of its own.
        losers ??= allLosers(flow);
        return !losers.has(edit.from);
      default:
        return true;
    }
  };
}

/** Nobody reads it or what lies in it, and something else still starts the workflow and whatever it leads to. */
function isSpare(flow: Flow, readers: Readers, id: string): boolean {
  const node = flow.byId.get(id);
  if (!node) return false;
  const gone = new Set([id, ...(isContainer(node) ? nodesInside(flow.graph, id) : [])]);
  const isRead = [...gone].some((each) => readers.keys.has(flow.keys.get(each) ?? ''));
  const removesTrigger = [...gone].some((each) => flow.byId.get(each)?.kind.startsWith('trigger.'));
  if (isRead || readers.all) return false;
  if (!removesTrigger) return true;
  const othersStart = flow.nodes.some((each) => isTriggerNode(each) && !gone.has(each.id));
  const othersLead = (flow.outgoing.get(id) ?? []).every((edge) =>
    flow.incoming.get(edge.to)?.some((into) => !gone.has(into.from)),
  );
  return othersStart && othersLead;
}

/** All of its ways on can be taken over by what comes before it. */
function canHeal(flow: Flow, id: string): boolean {
  const node = flow.byId.get(id);
  const ways = (flow.outgoing.get(id) ?? []).filter((edge) => flow.containers.get(edge.to)?.id !== id);
  return node !== undefined && ways.length > 0 && ways.every((edge) => edge.port === mainPort(node));
}

function allLosers(flow: Flow): Set<string> {
  const losers = new Set<string>();
  for (const node of flow.nodes) {
    if (node.kind !== 'join' || node.mode.kind === 'all' || node.mode.losers !== 'cancel') continue;
    for (const id of loserRegion(flow, node.id)) losers.add(id);
  }
  return losers;
}
