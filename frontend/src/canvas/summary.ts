/** The muted second line of a card: what the step does, in one line a reader understands without opening it. */
import { WEBHOOK_PROVIDERS } from '@sagawright/shared/event';
import { edgesFrom } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId, NodeOf, RaceArm } from '@sagawright/shared/graph';
import { connectorOf, operationOf, triggerOf } from './catalogue.js';
import { cronInWords } from './cron-words.js';
import { kindWord } from './step-look.js';
import { spanInWords } from './span.js';

/** @param handled a line leads from its `handler` port: of scopes only */
export function subtitleOf(node: GraphNode, handled = false): string {
  switch (node.kind) {
    case 'trigger.webhook':
      return WEBHOOK_PROVIDERS[node.scheme].scheme.kind === 'unsigned'
        ? 'Webhook · not signed'
        : `Webhook · ${node.scheme === 'standard-webhooks' ? 'signed' : WEBHOOK_PROVIDERS[node.scheme].title}`;
    case 'trigger.event':
      return `${node.event.type === '*' ? 'Any event' : node.event.type}${node.event.filter ? ' · filtered' : ''}`;
    case 'trigger.schedule':
      return node.schedule.kind === 'interval'
        ? `Every ${spanInWords(node.schedule.everyMs)}`
        : (cronInWords(node.schedule.expression) ?? node.schedule.expression);
    case 'trigger.connector':
      return `${connectorOf(node.connector)?.name ?? node.connector} · ${triggerOf(node.connector, node.trigger)?.title ?? node.trigger}`;
    case 'trigger.failure':
      return node.workflows.length === 0 ? 'Any other workflow' : counted(node.workflows.length, 'workflow');
    case 'action': {
      const connector = connectorOf(node.connector)?.name ?? node.connector;
      return `${connector} · ${operationOf(node.connector, node.operation)?.title ?? node.operation}`;
    }
    case 'transform':
      return node.assign ? `Sets ${Object.keys(node.assign).join(', ')}` : 'Transform';
    case 'code':
      return firstLine(node.source) || 'No code yet';
    case 'call':
      return `${node.mode === 'wait' ? 'Waits for it' : 'Goes on at once'} · ${node.version.kind === 'latest' ? 'latest version' : `version ${node.version.number}`}`;
    case 'emit':
      return `Publishes ${node.event.type.trim() || '…'}${node.workflow === undefined ? '' : ' to one workflow'}`;
    case 'respond':
      return `Answers ${node.status}`;
    case 'branch':
      return 'First that holds';
    case 'inclusive':
      return 'Every one that holds';
    case 'parallel':
      return 'All ways at once';
    case 'join':
      return joinWords(node);
    case 'for-each':
      return `every item of ${node.items.trim() || '…'}, ${node.mode.kind === 'sequential' ? 'one after another' : `${node.mode.limit} at a time`}`;
    case 'repeat':
      return `${node.test === 'before' ? 'unless and until' : 'until'} ${node.until.trim() || '…'}, at most ${counted(node.maxPasses, 'time')}`;
    case 'scope':
      return scopeWords(node, handled);
    case 'delay':
      return delayWords(node.delay);
    case 'wait':
      return `Waits for ${eventWords(node.event.type)}${node.timeoutMs === undefined ? '' : `, at most ${spanInWords(node.timeoutMs)}`}`;
    case 'race':
      return `First of ${node.arms.map(armWords).join(', ')}`;
    case 'task':
      return `${node.task.assignees.join(', ') || 'Anybody'}${node.task.dueMs === undefined ? '' : ` · due in ${spanInWords(node.task.dueMs)}`}`;
    case 'end':
      return 'Success';
    case 'fail':
      return node.code;
    case 'terminate':
      return 'Stops every other branch';
    case 'trigger.manual':
    case 'trigger.called':
    case 'note':
    case 'group':
      return kindWord(node.kind);
  }
}

/** What an arm of a race waits for, where it has no label. */
export function armWords(arm: RaceArm): string {
  if (arm.label !== '') return arm.label;
  if (arm.kind === 'event') return eventWords(arm.event.type);
  return arm.kind === 'timer'
    ? arm.delay.kind === 'for'
      ? spanInWords(arm.delay.durationMs)
      : 'an instant'
    : 'a task';
}

const eventWords = (type: string) => (type === '*' ? 'any event' : type);

function delayWords(delay: NodeOf<'delay'>['delay']): string {
  return delay.kind === 'for' ? `Waits ${spanInWords(delay.durationMs)}` : `Waits until ${delay.instant.trim() || '…'}`;
}

function joinWords({ mode }: NodeOf<'join'>): string {
  if (mode.kind === 'all') return 'Waits for all';
  return mode.kind === 'any' ? 'Goes on with the first' : `Waits for ${mode.n}`;
}

/** Whether a failure inside a box has a way of its own. */
export function isHandled(graph: Graph, id: NodeId): boolean {
  return edgesFrom(graph, id).some(({ port }) => port === 'handler');
}

function scopeWords(node: NodeOf<'scope'>, handled: boolean): string {
  const facts = [
    onFailureInside(node, handled),
    node.savePoint ? 'save-point' : '',
    node.timeoutMs === undefined ? '' : `at most ${spanInWords(node.timeoutMs)}`,
    node.variables ? `has ${Object.keys(node.variables).join(', ')}` : '',
  ].filter((fact) => fact !== '');
  return facts.join(' · ');
}

/** S13: without a handler a failure inside fails the scope, and goes on outwards. */
function onFailureInside({ undoAsUnit }: NodeOf<'scope'>, handled: boolean): string {
  if (!handled) return 'Fails and is undone as one with what is around';
  return `Failures inside go to its failure way${undoAsUnit ? ' after everything inside is undone' : '; nothing is undone'}`;
}

function firstLine(source: string): string {
  return (
    source
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
  );
}

const counted = (count: number, thing: string) => `${count} ${thing}${count === 1 ? '' : 's'}`;
