/**
 * Which fields of a node hold templates: the one list that renaming, pasting, extracting and the compiler go by.
 *
 * 1. A field is listed once, whole: `input` with all texts in it, not each text. Texts inside are found by the expression room.
 * 2. Fields come in the order in which an author reads them; a field that is absent is not listed.
 * 3. What is not listed is never a template: samples, content patterns, forms, code, labels.
 */
import type { Json } from '../kernel/index.js';
import { getIn, setIn } from './field.js';
import type { FieldPath } from './field.js';
import type { GraphNode, RaceArm } from './graph.js';

/**
 * What a template sees beside the names that are visible at the step: nothing more; for `body` what lies inside the
 * container (the pass that just ended); for `undo` the step's own input and output as `step` (S17).
 */
export type TemplateView = 'step' | 'body' | 'undo';

export interface TemplateField {
  readonly path: FieldPath;
  readonly value: Json;
  readonly view: TemplateView;
  /** The node with another template in this field; the same node when it is the same template. */
  readonly put: (node: GraphNode, value: Json) => GraphNode;
}

/** The fields of a node that hold templates, in reading order. */
export function templateFields(node: GraphNode): TemplateField[] {
  return templatePaths(node).flatMap(({ path, view }): TemplateField[] => {
    const value = getIn(node, path) as Json | undefined;
    if (value === undefined) return [];
    return [{ path, value, view, put: (each, changed) => put(each, path, changed) }];
  });
}

function put(node: GraphNode, path: FieldPath, value: Json): GraphNode {
  return getIn(node, path) === value ? node : (setIn(node, path, value) as GraphNode);
}

interface TemplatePath {
  readonly path: FieldPath;
  readonly view: TemplateView;
}

const at = (...path: FieldPath): TemplatePath => ({ path, view: 'step' });
const OPTIONS: readonly TemplatePath[] = [at('idempotencyKey'), at('concurrency', 'key'), at('rate', 'key')];
const SKIP = at('skipWhen');
const UNDO: TemplatePath = { path: ['undo', 'input'], view: 'undo' };

function templatePaths(node: GraphNode): TemplatePath[] {
  switch (node.kind) {
    case 'action':
    case 'call':
      return [at('input'), UNDO, ...OPTIONS, SKIP];
    case 'emit':
      return [
        at('event', 'type'),
        at('event', 'subject'),
        at('event', 'data'),
        at('event', 'partitionKey'),
        UNDO,
        ...OPTIONS,
        SKIP,
      ];
    case 'transform':
      return [at('values'), at('assign'), SKIP];
    case 'code':
      return [at('input'), SKIP];
    case 'branch':
    case 'inclusive':
      return node.cases.map((_, index) => at('cases', index, 'when'));
    case 'race':
      return [...node.arms.flatMap((arm, index) => armPaths(arm, ['arms', index])), SKIP];
    case 'for-each':
      return [at('items'), SKIP];
    case 'repeat':
      return [{ path: ['until'], view: 'body' }, SKIP];
    case 'scope':
      return [at('variables'), UNDO, SKIP];
    case 'delay':
      return [at('delay', 'instant'), SKIP];
    case 'wait':
      return [at('event', 'correlation', 'value'), SKIP];
    case 'task':
      return [...taskPaths(['task']), SKIP];
    case 'respond':
      return [at('headers'), at('body'), SKIP];
    case 'end':
    case 'terminate':
      return [at('output')];
    case 'fail':
      return [at('message')];
    case 'parallel':
    case 'join':
    case 'note':
    case 'group':
    case 'trigger.webhook':
    case 'trigger.manual':
    case 'trigger.event':
    case 'trigger.schedule':
    case 'trigger.connector':
    case 'trigger.called':
    case 'trigger.failure':
      return [];
  }
}

function armPaths(arm: RaceArm, base: FieldPath): TemplatePath[] {
  switch (arm.kind) {
    case 'event':
      return [at(...base, 'event', 'correlation', 'value')];
    case 'timer':
      return [at(...base, 'delay', 'instant')];
    case 'task':
      return taskPaths([...base, 'task']);
  }
}

function taskPaths(base: FieldPath): TemplatePath[] {
  return [at(...base, 'title'), at(...base, 'instructions'), at(...base, 'assignees'), at(...base, 'escalation', 'to')];
}

/** A node with every template in it replaced by what `change` makes of it; the same node when nothing changed. */
export function mapTemplates(node: GraphNode, change: (template: Json, field: TemplateField) => Json): GraphNode {
  return templateFields(node).reduce((now, field) => field.put(now, change(field.value, field)), node);
}
