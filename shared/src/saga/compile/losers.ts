/** What a join that cancels its losers may stop. */
import { scopeOf } from './flow.js';
import type { Flow } from './flow.js';

/**
 * Steps between the fork and a join on the join's level, in order, with the steps that end a path for everybody (`fail`,
 * `terminate`) and that only they lead to. What lies
 * in a container among them belongs to it.
 */
export function loserRegion(flow: Flow, join: string): string[] {
  const level = flow.levels.get(scopeOf(flow, join));
  const proof = level?.proof;
  if (!level || !proof) return [];
  const fork = proof.dominator(join);
  const region = new Set<string>();
  for (const id of proof.ancestors(join)) {
    if (flow.byId.get(id)?.kind.startsWith('trigger.')) continue;
    if (fork === null || proof.isBefore(fork, id)) region.add(id);
  }
  for (const id of level.order) {
    const kind = flow.byId.get(id)?.kind;
    if (kind !== 'fail' && kind !== 'terminate') continue;
    const sources = (flow.incoming.get(id) ?? []).filter((edge) => flow.reachable.has(edge.from));
    if (sources.length > 0 && sources.every((edge) => region.has(edge.from))) region.add(id);
  }
  return level.order.filter((id) => region.has(id));
}
