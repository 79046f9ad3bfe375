/** What is known about a step's output before it has run: from its connector's sample, from its kind, from its template. */
import type { OperationManifest } from '../../connector/index.js';
import type { Json } from '../../kernel/index.js';
import { operationOf } from './build.js';
import type { Catalogue } from './build.js';
import type { Diagnostic } from './diagnostic.js';
import type { FlowStep } from './flow.js';
import type { TextReference } from './read-template.js';

/** `fields`: these and no others, so far as is known; `json`: an example with all its fields; `any`: nothing is known. */
export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'fields'; readonly names: readonly string[] }
  | { readonly kind: 'json'; readonly sample: Json };

const ANY: Shape = { kind: 'any' };
const fields = (...names: string[]): Shape => ({ kind: 'fields', names });

/** Of the value at a path below `output`; null = there is no such field. */
export function outputShape(step: FlowStep, path: readonly string[], catalogue: Catalogue | null): Shape | null {
  switch (step.kind) {
    case 'action': {
      const manifest = operationOf(catalogue, step);
      return manifest ? sampleAt(manifest, path) : ANY;
    }
    case 'transform':
      return shapeOfTemplate(step.values, path);
    case 'for-each':
      return below(fields('results', 'errors', 'count'), path);
    case 'delay':
      return below(fields('until'), path);
    case 'task':
      return below(fields('outcome', 'comment', 'data', 'by'), path);
    case 'wait':
      return below(fields('id', 'source', 'type', 'subject', 'time', 'data', 'headers'), path);
    case 'call':
      return step.mode === 'forget' ? below(fields('run'), path) : ANY;
    case 'emit':
      return below(fields('id', 'source', 'type', 'position', 'runs'), path);
    case 'respond':
      return below(fields('status', 'headers', 'body'), path);
    default:
      return ANY;
  }
}

function below(shape: Shape, [first]: readonly string[]): Shape | null {
  if (first === undefined) return shape;
  return shape.kind === 'fields' && !shape.names.includes(first) ? null : ANY;
}

/** Names are followed through lists, as expressions do. */
function sampleAt({ outputSample, outputVaries }: OperationManifest, path: readonly string[]): Shape | null {
  let at: Json = outputSample;
  for (const [depth, name] of path.entries()) {
    if (outputVaries.includes(path.slice(0, depth).join('.'))) return ANY;
    const item: Json | undefined = Array.isArray(at) ? (at as readonly Json[])[0] : at;
    // Of an empty list nothing is known.
    if (item === undefined || item === null) return ANY;
    if (typeof item !== 'object' || !Object.hasOwn(item, name)) return null;
    at = (item as Record<string, Json>)[name] ?? null;
  }
  return outputVaries.includes(path.join('.')) ? ANY : { kind: 'json', sample: at };
}

/** A template shows its fields, but not what its expressions come to. */
function shapeOfTemplate(template: Json, path: readonly string[]): Shape | null {
  let at: Json = template;
  for (const name of path) {
    if (at === null || typeof at !== 'object' || Array.isArray(at)) return typeof at === 'string' ? ANY : null;
    if (!Object.hasOwn(at, name)) return null;
    at = (at as Record<string, Json>)[name] ?? null;
  }
  return ANY;
}

type Found = Pick<Diagnostic, 'level' | 'id' | 'message'>;

/**
 * A field that what is read does not have.
 *
 * @param source whose output (or, in its own undo, input) is read
 */
export function fieldProblem(
  source: FlowStep,
  { key, path }: TextReference,
  catalogue: Catalogue | null,
  ownUndo: boolean,
  reader: FlowStep = source,
): Found | null {
  if (ownUndo) return undoFieldProblem(source, key, path, catalogue);
  const [part, ...names] = path;
  if (part !== undefined && part !== 'output' && part !== 'status' && part !== 'error') {
    const message = `Step ${reader.name} reads steps.${key ?? ''}.${part}, but a step has output, status and error only; read steps.${key ?? ''}.output.${part}.`;
    return { level: 'error', id: 'reference.unknown-field', message };
  }
  if (part !== 'output' || names.length === 0 || outputShape(source, names, catalogue) !== null) return null;
  const message = `Step ${reader.name} reads ${names.join('.')} of the output of ${source.name}, which is not known to have it; without it the value is empty.`;
  return { level: 'warning', id: 'reference.unknown-field', message };
}

function undoFieldProblem(
  step: FlowStep,
  part: string | null,
  names: readonly string[],
  catalogue: Catalogue | null,
): Found | null {
  if (part === null) return null;
  if (part !== 'input' && part !== 'output') {
    const message = `The undo of step ${step.name} reads step.${part}, but a step has input and output only; read one of them.`;
    return { level: 'error', id: 'reference.unknown-field', message };
  }
  if (names.length === 0) return null;
  const lacks =
    part === 'output'
      ? outputShape(step, names, catalogue) === null
      : 'input' in step && !Object.hasOwn(step.input, names[0] ?? '');
  if (!lacks) return null;
  const message = `The undo of step ${step.name} needs ${names.join('.')} of its step's ${part}, which is not known to have it; without it the undo cannot tell what to undo.`;
  return { level: 'warning', id: 'undo.reads-missing', message };
}
