import { stepKey } from '../../graph/index.js';
import { isTriggerNode } from './flow.js';
import type { FlowNode, FlowStep } from './flow.js';

/** Steps by the name that expressions reach them by; the first of two with the same. */
export function stepsByKey(nodes: readonly FlowNode[]): Map<string, FlowStep> {
  const byKey = new Map<string, FlowStep>();
  for (const node of nodes) {
    if (isTriggerNode(node)) continue;
    const key = stepKey(node.name);
    if (!byKey.has(key)) byKey.set(key, node);
  }
  return byKey;
}
