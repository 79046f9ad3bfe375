/** A fresh step of an item: the schema's defaults, and what makes it a step that can be understood at once. */
import { nodeSchema } from '@sagawright/shared/graph';
import type { GraphNode, NodeId } from '@sagawright/shared/graph';
import type { JsonObject } from '@sagawright/shared/kernel';
import { operationOf } from '../canvas/index.js';
import type { StepItem } from './step-items.js';

/** With the connector's defaults and its declared undo filled in (E77). */
export function blankStep(item: StepItem, id: NodeId): GraphNode {
  const name = item.kind === 'trigger.manual' ? 'Start' : item.title;
  return nodeSchema.parse({ id, name, position: { x: 0, y: 0 }, kind: item.kind, ...own(item, id) });
}

function own(item: StepItem, id: NodeId): object {
  const [connector, operation] = [item.connector ?? '', item.operation ?? ''];
  switch (item.kind) {
    case 'action': {
      const undo = operationOf(connector, operation)?.undo;
      return {
        connector,
        operation,
        input: defaultInput(connector, operation),
        ...(undo ? { undo: { kind: 'compensation', connector, ...undo } } : {}),
      };
    }
    case 'trigger.webhook':
    case 'trigger.manual':
    case 'trigger.called':
      return { sample: {} };
    case 'trigger.event':
      return { event: { type: '*' } };
    case 'trigger.schedule':
      return { schedule: { kind: 'cron', expression: '0 9 * * 1-5', timeZone: timeZone() } };
    case 'trigger.connector':
      return { connector, trigger: operation };
    case 'transform':
      return { values: {} };
    case 'code':
      return { source: 'return input;', input: {} };
    case 'call':
      // Which workflow is the first thing to choose; an id that no workflow has is a problem shown at the field.
      return { workflow: '-', version: { kind: 'latest' }, input: {} };
    case 'emit':
      return { event: { type: 'something.happened' } };
    case 'branch':
    case 'inclusive':
      return { cases: [{ id: `${id}-1`, label: '', when: '' }] };
    case 'join':
      return { mode: { kind: 'all' } };
    case 'for-each':
      return { items: '', mode: { kind: 'sequential' } };
    case 'repeat':
      return { until: '' };
    case 'delay':
      return { delay: { kind: 'for', durationMs: 60_000 } };
    case 'wait':
      return { event: { type: '*' } };
    case 'race':
      return {
        arms: [
          { id: `${id}-1`, label: '', kind: 'event', event: { type: '*' } },
          { id: `${id}-2`, label: '', kind: 'timer', delay: { kind: 'for', durationMs: 3_600_000 } },
        ],
      };
    case 'task':
      return { task: item.key === 'task:approval' ? approval(id) : oneAnswer(id) };
    case 'fail':
      return { code: 'workflow.failed', message: '' };
    case 'note':
      return { text: '', size: { width: 240, height: 112 } };
    default:
      return {};
  }
}

function defaultInput(connector: string, operation: string): JsonObject {
  const fields = Object.entries(operationOf(connector, operation)?.input.properties ?? {});
  return Object.fromEntries(
    fields.flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default]])),
  );
}

const approval = (id: NodeId) => ({
  title: 'Please approve',
  outcomes: [
    { id: `${id}-1`, label: 'Approve' },
    { id: `${id}-2`, label: 'Reject', commentRequired: true },
  ],
});

const oneAnswer = (id: NodeId) => ({ title: 'Please do', outcomes: [{ id: `${id}-1`, label: 'Done' }] });

function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
