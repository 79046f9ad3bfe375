/** Checks of what is held against what comes in: filters of events, forms of tasks. */
import { readFilter } from '../../event/filter/index.js';
import type { EventFilter } from '../../event/filter/index.js';
import type { JsonObject } from '../../kernel/index.js';
import type { CompileOptions } from './compile.js';
import type { Report } from './diagnostic.js';
import type { FlowNode } from './flow.js';
import { fix } from './quick-fix.js';

export function checkMatching(node: FlowNode, options: CompileOptions, report: Report): void {
  switch (node.kind) {
    case 'trigger.event':
    case 'wait':
      checkFilter(node, node.event.filter, ['event', 'filter'], report);
      break;
    case 'task':
      checkForm(node, node.task.form, ['task', 'form'], options, report);
      break;
    case 'race':
      for (const [index, arm] of node.arms.entries()) {
        if (arm.kind === 'event') checkFilter(node, arm.event.filter, ['arms', index, 'event', 'filter'], report);
        if (arm.kind === 'task') checkForm(node, arm.task.form, ['arms', index, 'task', 'form'], options, report);
      }
      break;
    default:
  }
}

type Path = readonly (string | number)[];

/** A filter that cannot be read would let nothing pass. */
function checkFilter(node: FlowNode, filter: EventFilter | undefined, path: Path, report: Report): void {
  if (filter === undefined) return;
  const reading = readFilter(filter);
  if (reading.ok) return;
  const { where, message: wrong } = reading.problem;
  const message = `The filter of ${node.name} cannot be read${where === '' ? '' : ` at ${where}`}: ${wrong}`;
  report('error', 'filter.invalid', message, { node: node.id, field: path.join('.') }, [
    fix.clear('Take every event of the type', node.id, path),
  ]);
}

function checkForm(
  node: FlowNode,
  form: JsonObject | undefined,
  path: Path,
  { formProblem }: CompileOptions,
  report: Report,
): void {
  const problem = form === undefined || !formProblem ? null : formProblem(form);
  if (problem === null) return;
  const message = `The form of task ${node.name} cannot be used: ${problem}. Mend the JSON Schema, or ask for the outcome only.`;
  report('error', 'task.form-invalid', message, { node: node.id, field: path.join('.') }, [
    fix.clear('Ask for the outcome only', node.id, path),
  ]);
}
