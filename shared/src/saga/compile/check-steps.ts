/** Checks of single steps: connector, required inputs, effect, undo, retry, and what their templates read. */
import { effectClassSchema, stepKey } from '../../graph/index.js';
import type { EffectClass, NodeOf } from '../../graph/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import type { OperationManifest } from '../../connector/index.js';
import { templateProblems, templateReferences } from '../../expression/index.js';
import { isRepeatable } from '../retry.js';
import type { Catalogue } from './compile.js';
import type { Diagnostic, Report } from './diagnostic.js';
import { isTrigger } from './flow.js';
import type { Analysis, Flow, FlowNode } from './flow.js';

const STRICTNESS = effectClassSchema.options;

/** The stricter of what the connector declares and the author says. Without a catalogue nothing is taken for repeatable. */
export function effectOf(node: NodeOf<'action'>, manifest: OperationManifest | undefined): EffectClass {
  const declared = manifest?.effect ?? (node.effect ? 'pure' : 'at-most-once');
  const own = node.effect ?? declared;
  return STRICTNESS.indexOf(own) > STRICTNESS.indexOf(declared) ? own : declared;
}

export function checkAction(
  node: NodeOf<'action'>,
  catalogue: Catalogue | null,
  strict: boolean,
  report: Report,
): void {
  const manifest = checkOperation(node, node, '', catalogue, report);
  const effect = effectOf(node, manifest);
  if (node.effect && manifest && node.effect !== effect) {
    report(
      'error',
      'effect.weakened',
      `Step ${node.name} is declared ${node.effect}, but its operation is ${manifest.effect}; choose a stricter class or none.`,
      { node: node.id, field: 'effect' },
    );
  }
  const hasEffect = effect !== 'pure' && effect !== 'read';
  if (hasEffect && !node.undo) {
    const message = `Step ${node.name} changes something outside and does not say how it is undone; add an undo step, or say that none is needed or possible.`;
    report(strict ? 'error' : 'warning', 'undo.undeclared', message, { node: node.id, field: 'undo' });
  }
  if (!hasEffect && node.undo && manifest) {
    report('hint', 'undo.unneeded', `Step ${node.name} changes nothing outside; its undo declaration can go.`, {
      node: node.id,
      field: 'undo',
    });
  }
  if (node.retry && node.retry.maxAttempts > 1 && !isRepeatable(effect)) {
    const message = `Step ${node.name} must not be repeated blindly (${effect}), but has ${node.retry.maxAttempts} attempts; only refusals that prove that nothing happened will be retried.`;
    report('warning', 'retry.at-most-once', message, { node: node.id, field: 'retry.maxAttempts' });
  }
  if (node.undo?.kind === 'compensation') checkOperation(node, node.undo, 'undo.', catalogue, report);
}

function checkOperation(
  node: NodeOf<'action'>,
  call: { readonly connector: string; readonly operation: string; readonly input: JsonObject },
  prefix: string,
  catalogue: Catalogue | null,
  report: Report,
): OperationManifest | undefined {
  if (catalogue === null) return undefined;
  const whose = prefix === '' ? `Step ${node.name}` : `The undo of step ${node.name}`;
  const connector = Object.hasOwn(catalogue, call.connector) ? catalogue[call.connector] : undefined;
  if (!connector) {
    report(
      'error',
      'connector.unknown',
      `${whose} uses connector ${call.connector}, which does not exist; choose another.`,
      { node: node.id, field: `${prefix}connector` },
    );
    return undefined;
  }
  const manifest = Object.hasOwn(connector.operations, call.operation)
    ? connector.operations[call.operation]
    : undefined;
  if (!manifest) {
    report(
      'error',
      'operation.unknown',
      `${whose} uses ${connector.name} ${call.operation}, which does not exist; choose another operation.`,
      { node: node.id, field: `${prefix}operation` },
    );
    return undefined;
  }
  for (const name of manifest.input.required) {
    const value = call.input[name];
    if (value !== undefined && value !== '' && value !== null) continue;
    const title = manifest.input.properties[name]?.title ?? name;
    report('error', 'input.missing', `${whose} needs "${title}"; fill it in.`, {
      node: node.id,
      field: `${prefix}input.${name}`,
    });
  }
  return manifest;
}

interface Template {
  readonly field: string;
  readonly value: Json;
  readonly undo: boolean;
}

function templatesOf(node: FlowNode): Template[] {
  const forward = (field: string, value: Json): Template => ({ field, value, undo: false });
  switch (node.kind) {
    case 'action': {
      const undo =
        node.undo?.kind === 'compensation' ? [{ field: 'undo.input', value: node.undo.input, undo: true }] : [];
      return [forward('input', node.input), ...undo];
    }
    case 'transform':
      return [forward('values', node.values)];
    case 'branch':
      return node.cases.map((each) => forward(`cases.${each.id}.when`, each.when));
    case 'delay':
      return node.delay.kind === 'until' ? [forward('delay.instant', node.delay.instant)] : [];
    case 'end':
      return node.output === undefined ? [] : [forward('output', node.output)];
    case 'fail':
      return [forward('message', node.message)];
    default:
      return [];
  }
}

/** @param analysis null while the flow has a cycle: then only syntax and names are checked */
export function checkTemplates(flow: Flow, analysis: Analysis | null, report: Report): void {
  const byKey = new Map<string, FlowNode>();
  for (const node of flow.nodes)
    if (!isTrigger(node) && !byKey.has(stepKey(node.name))) byKey.set(stepKey(node.name), node);
  for (const node of flow.nodes) {
    for (const template of templatesOf(node)) {
      const fieldOf = (path: readonly (string | number)[]) => [template.field, ...path].join('.');
      for (const problem of templateProblems(template.value)) {
        report('error', 'template.syntax', `Step ${node.name}: ${problem.message}`, {
          node: node.id,
          field: fieldOf(problem.path),
        });
      }
      for (const reference of templateReferences(template.value)) {
        const problem = problemOf(flow, analysis, byKey, node, template, reference);
        if (problem)
          report(problem.level, problem.id, problem.message, { node: node.id, field: fieldOf(reference.field) });
      }
    }
  }
}

function problemOf(
  flow: Flow,
  analysis: Analysis | null,
  byKey: ReadonlyMap<string, FlowNode>,
  node: FlowNode,
  template: Template,
  reference: { readonly root: string; readonly key: string | null; readonly path: readonly string[] },
): Pick<Diagnostic, 'level' | 'id' | 'message'> | null {
  const { root, key } = reference;
  if (root !== 'steps') {
    const known = root === 'trigger' || root === 'run' || (root === 'step' && template.undo);
    if (known) return null;
    const roots = template.undo ? 'trigger, steps, run or step' : 'trigger, steps or run';
    return {
      level: 'error',
      id: 'reference.unknown-root',
      message: `Step ${node.name} reads ${root}, which does not exist; begin with ${roots}.`,
    };
  }
  if (key === null) return null;
  const source = byKey.get(key);
  if (!source) {
    return {
      level: 'error',
      id: 'reference.unknown-step',
      message: `Step ${node.name} reads steps.${key}, but no step has that name; choose one of the steps before it.`,
    };
  }
  if (!analysis?.index.has(node.id)) return null;
  const [at, from] = [analysis.index.get(node.id) ?? -1, analysis.index.get(source.id) ?? -1];
  if (!analysis.ancestors[at]?.has(from)) {
    if (template.undo) {
      const own =
        source.id === node.id
          ? '; use step.output for its own result'
          : '; an undo can read its own step and what came before it';
      return {
        level: 'error',
        id: 'undo.reads-later',
        message: `The undo of step ${node.name} reads step ${source.name}, which is not before it${own}.`,
      };
    }
    return {
      level: 'error',
      id: 'reference.not-yet',
      message: `Step ${node.name} reads step ${source.name}, which does not run before it; move it, or read another step.`,
    };
  }
  // How a step ended is there for every step before; only its output needs success.
  if (reference.path[0] !== undefined && reference.path[0] !== 'output') return null;
  if (source.kind === 'action' && source.onFailure === 'continue') {
    return {
      level: 'hint',
      id: 'reference.uncertain',
      message: `Step ${node.name} reads the output of ${source.name}, which is empty when that step has failed and the run went on.`,
    };
  }
  if (source.kind === 'branch' || analysis.certainlyBefore(node.id, source.id)) return null;
  const message = `Step ${node.name} reads step ${source.name}, which ${branchName(flow, analysis, node, source)}; without it the value is empty.`;
  return { level: 'warning', id: 'reference.uncertain', message };
}

/** Names the choice on which it depends whether the source has succeeded. */
function branchName(flow: Flow, analysis: Analysis, node: FlowNode, source: FlowNode): string {
  if (source.kind === 'action' && source.onFailure === 'error-edge') return 'may have left by its error edge';
  for (let id = analysis.dominator(source.id); id !== null; id = analysis.dominator(id)) {
    const choice = flow.byId.get(id);
    if (choice?.kind === 'branch' && id !== node.id) return `only runs in some cases of branch ${choice.name}`;
    if (choice?.kind === 'action' && choice.onFailure === 'error-edge')
      return `only runs depending on how ${choice.name} ended`;
  }
  const join = [...flow.byId.values()].find(
    (each) =>
      each.kind === 'join' &&
      each.mode.kind !== 'all' &&
      analysis.ancestors[analysis.index.get(each.id) ?? -1]?.has(analysis.index.get(source.id) ?? -1),
  );
  return join ? `may not be finished when join ${join.name} goes on` : 'does not run after every trigger';
}
