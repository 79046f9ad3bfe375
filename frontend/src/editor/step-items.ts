/** What can be put on the canvas: the palette, the step search and replacing read the same list. */
import type { GraphNode, NodeId, NodeKind } from '@sagawright/shared/graph';
import type { LucideIcon } from 'lucide-react';
import { allConnectors, kindIcon, operationIcon, operationOf } from '../canvas/index.js';

export interface StepItem {
  /** Stable: `branch`, `action:demo-shop/charge`. */
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly group: string;
  readonly words: string;
  readonly icon: LucideIcon;
  readonly kind: NodeKind;
  readonly connector?: string;
  readonly operation?: string;
}

const flow = (kind: NodeKind, title: string, description: string, words: string, group = 'Flow'): StepItem => ({
  key: kind,
  title,
  description,
  group,
  words,
  kind,
  icon: kindIcon(kind),
});

export const STEP_ITEMS: readonly StepItem[] = [
  ...allConnectors().flatMap((connector) =>
    Object.entries(connector.operations).map(([operation, manifest]): StepItem => ({
      key: `action:${connector.id}/${operation}`,
      title: manifest.title,
      description: manifest.description,
      group: connector.name,
      words: [connector.name, ...manifest.synonyms].join(' '),
      kind: 'action',
      connector: connector.id,
      operation,
      icon: operationIcon(connector.id, operation),
    })),
  ),
  flow('transform', 'Transform', 'Computes values from what came before.', 'map set compute json'),
  flow('branch', 'Branch', 'Goes the first way whose condition holds.', 'if switch condition decide choice'),
  flow('parallel', 'Parallel', 'Goes all ways at once.', 'fork split and'),
  flow('join', 'Join', 'Waits for the ways that come in.', 'merge wait all any'),
  flow('delay', 'Delay', 'Waits for a time or until an instant.', 'wait sleep timer pause'),
  flow('end', 'End', 'Ends the path with success.', 'stop finish output'),
  flow('fail', 'Fail', 'Ends the run as failed; what was done is undone.', 'error throw stop'),
  flow(
    'trigger.webhook',
    'Webhook',
    'Starts a run when a signed request comes in.',
    'http hook start event',
    'Triggers',
  ),
  flow('trigger.manual', 'Manual or API', 'Starts a run by hand or through the API.', 'button start', 'Triggers'),
  flow('note', 'Note', 'Text on the canvas.', 'comment sticky', 'Drawing'),
];

export function itemOf(key: string): StepItem | undefined {
  return STEP_ITEMS.find((item) => item.key === key);
}

/** Exact before word start before inside before synonym (E2). */
export function searchItems(query: string, items: readonly StepItem[] = STEP_ITEMS): readonly StepItem[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return items;
  const score = (item: StepItem): number => {
    const title = item.title.toLowerCase();
    if (title === wanted) return 4;
    if (title.split(/\s+/).some((word) => word.startsWith(wanted))) return 3;
    if (title.includes(wanted)) return 2;
    return `${item.words} ${item.group} ${item.description}`.toLowerCase().includes(wanted) ? 1 : 0;
  };
  return items
    .map((item) => ({ item, points: score(item) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ item }) => item);
}

/** A fresh step of an item, with the connector's defaults and its declared undo filled in (E77). */
export function blankStep(item: StepItem, id: NodeId): GraphNode {
  const base = { id, name: item.title, position: { x: 0, y: 0 } };
  switch (item.kind) {
    case 'action': {
      const manifest = operationOf(item.connector ?? '', item.operation ?? '');
      const fields = Object.entries(manifest?.input.properties ?? {});
      const input = Object.fromEntries(
        fields.flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default]])),
      );
      const connector = item.connector ?? '';
      return {
        ...base,
        kind: 'action',
        connector,
        operation: item.operation ?? '',
        input,
        onFailure: 'fail',
        ...(manifest?.undo ? { undo: { kind: 'compensation', connector, ...manifest.undo } } : {}),
      };
    }
    case 'transform':
      return { ...base, kind: 'transform', values: {} };
    case 'branch':
      return { ...base, kind: 'branch', cases: [{ id: `${id}-1`, label: '', when: '' }] };
    case 'join':
      return { ...base, kind: 'join', mode: { kind: 'all' } };
    case 'delay':
      return { ...base, kind: 'delay', delay: { kind: 'for', durationMs: 60_000 } };
    case 'fail':
      return { ...base, kind: 'fail', code: 'workflow.failed', message: '' };
    case 'trigger.webhook':
      return { ...base, kind: 'trigger.webhook', scheme: 'standard-webhooks', sample: {} };
    case 'trigger.manual':
      return { ...base, kind: 'trigger.manual', name: 'Start', sample: {} };
    case 'note':
      return { ...base, kind: 'note', text: '', size: { width: 240, height: 112 } };
    case 'parallel':
    case 'end':
      return { ...base, kind: item.kind };
  }
}
