/** Checks of templates: that they can be read, and that what they read exists, is there in time, and can be seen. */
import { isContainer, templateFields } from '../../graph/index.js';
import type { FieldPath, NodeOf, TemplateField } from '../../graph/index.js';
import type { JsonObject } from '../../kernel/index.js';
import { meet } from './across.js';
import type { Meeting } from './across.js';
import type { Catalogue } from './build.js';
import type { Diagnostic, Report } from './diagnostic.js';
import { containersAround, isTriggerNode, scopeOf } from './flow.js';
import type { Flow, FlowNode, FlowStep } from './flow.js';
import { fieldProblem } from './output-shape.js';
import { readTemplate } from './read-template.js';
import type { TextReference } from './read-template.js';

type Found = Pick<Diagnostic, 'level' | 'id' | 'message'>;

/** What is read of other steps, by the reader: who reads whom. */
export interface Readers {
  /** Keys of steps whose output is read somewhere. */
  readonly keys: ReadonlySet<string>;
  /** Some expression reads all steps, so that each counts as read. */
  readonly all: boolean;
}

/** Circles leave the order open: then only syntax and names are checked. */
export function checkReferences(flow: Flow, catalogue: Catalogue | null, report: Report): Readers {
  const checker = new ReferenceChecker(flow, catalogue);
  const keys = new Set<string>();
  let all = false;
  for (const node of flow.nodes) {
    if (isTriggerNode(node)) continue;
    for (const template of templateFields(node)) {
      const reading = readTemplate(template.value);
      for (const problem of reading.problems) {
        const place = { node: node.id, field: fieldName(template, problem.field) };
        report('error', 'template.syntax', `Step ${node.name}: ${problem.message}`, place);
      }
      for (const reference of reading.references) {
        if (reference.root === 'steps') {
          if (reference.key === null) all = true;
          else keys.add(reference.key);
        }
        const found = checker.problemOf(node, template, reference);
        if (!found) continue;
        report(found.level, found.id, found.message, { node: node.id, field: fieldName(template, reference.field) });
      }
    }
    if (node.kind === 'transform') checkAssigned(node, checker, report);
  }
  checkStartValues(flow, report);
  return { keys, all };
}

const fieldName = (template: TemplateField, inside: FieldPath) => [...template.path, ...inside].join('.');

function checkAssigned(node: NodeOf<'transform'>, checker: ReferenceChecker, report: Report): void {
  for (const name of Object.keys(node.assign ?? {})) {
    if (checker.isDeclared(node, name)) continue;
    const message = `Step ${node.name} writes variable ${name}, which neither the workflow nor a scope around it has; declare it there.`;
    report('warning', 'reference.unknown-variable', message, { node: node.id, field: `assign.${name}` }, [
      {
        label: `Declare ${name} in the workflow`,
        edit: { kind: 'set-setting', path: ['variables', name], value: null },
      },
    ]);
  }
}

function checkStartValues(flow: Flow, report: Report): void {
  for (const [name, value] of Object.entries(flow.graph.settings.variables)) {
    const { problems, references } = readTemplate(value);
    if (problems.length === 0 && references.length === 0) continue;
    const message = `Variable ${name} of the workflow begins with an expression, but nothing can be read before the run; write a fixed value, or set it in a first step.`;
    report('error', 'template.not-allowed', message, { field: `settings.variables.${name}` }, [
      { label: `Let ${name} begin empty`, edit: { kind: 'set-setting', path: ['variables', name], value: null } },
    ]);
  }
}

const EVERYWHERE = new Set(['trigger', 'run', 'env', 'steps', 'vars']);
const PLACES: Readonly<Record<string, string>> = {
  item: 'inside a for-each',
  index: 'inside a loop',
  previous: 'inside a repeat',
  error: "inside a scope's handler",
  step: 'in an undo',
};

class ReferenceChecker {
  private readonly assigned = new Set<string>();

  constructor(
    private readonly flow: Flow,
    private readonly catalogue: Catalogue | null,
  ) {
    for (const node of flow.nodes) {
      if (node.kind === 'transform') for (const name of Object.keys(node.assign ?? {})) this.assigned.add(name);
    }
  }

  /** The workflow, or a scope around the node, has a variable of that name. */
  isDeclared(node: FlowNode, name: string, inside = false): boolean {
    const has = (variables: JsonObject | undefined) => variables !== undefined && Object.hasOwn(variables, name);
    const around = containersAround(this.flow, node.id);
    const scopes = inside && isContainer(node) ? [node, ...around] : around;
    return (
      has(this.flow.graph.settings.variables) || scopes.some((each) => each.kind === 'scope' && has(each.variables))
    );
  }

  problemOf(node: FlowStep, template: TemplateField, reference: TextReference): Found | null {
    const { root, key } = reference;
    if (root === 'vars' && key !== null) return this.variableProblem(node, template, key);
    if (root === 'step' && template.view === 'undo') return fieldProblem(node, reference, this.catalogue, true);
    if (root !== 'steps') return this.rootProblem(node, template, root);
    if (key === null) return null;
    const source = this.flow.byKey.get(key);
    if (!source) {
      const message = `Step ${node.name} reads steps.${key}, but no step has that name; choose one of the steps before it.`;
      return { level: 'error', id: 'reference.unknown-step', message };
    }
    return (
      this.orderProblem(node, source, template, reference) ??
      fieldProblem(source, reference, this.catalogue, false, node)
    );
  }

  private variableProblem(node: FlowStep, template: TemplateField, name: string): Found | null {
    const inside = template.view !== 'step';
    if (this.assigned.has(name) || this.isDeclared(node, name, inside)) return null;
    const message = `Step ${node.name} reads variable ${name}, which neither the workflow nor a scope around it has; declare it there.`;
    return { level: 'error', id: 'reference.unknown-variable', message };
  }

  private rootProblem(node: FlowStep, template: TemplateField, root: string): Found | null {
    if (EVERYWHERE.has(root)) return null;
    const where = Object.hasOwn(PLACES, root) ? PLACES[root] : undefined;
    if (where === undefined) {
      const message = `Step ${node.name} reads ${root}, which does not exist; begin with trigger, steps, vars, run or env.`;
      return { level: 'error', id: 'reference.unknown-root', message };
    }
    if (this.isThere(node, template, root)) return null;
    const message = `Step ${node.name} reads ${root}, which only exists ${where}; read something else.`;
    return { level: 'error', id: 'reference.wrong-place', message };
  }

  private isThere(node: FlowStep, template: TemplateField, root: string): boolean {
    const around = containersAround(this.flow, node.id);
    const inside = template.view !== 'step' && isContainer(node) ? [node, ...around] : around;
    switch (root) {
      case 'item':
        return inside.some((each) => each.kind === 'for-each');
      case 'previous':
        return inside.some((each) => each.kind === 'repeat');
      case 'index':
        return inside.some((each) => each.kind !== 'scope');
      case 'error':
        return [node, ...around].some((each) =>
          this.flow.levels.get(scopeOf(this.flow, each.id))?.proof?.isHandling(each.id),
        );
      default:
        return false;
    }
  }

  /** Whether the source has run when the reader does, and can be seen from there. */
  private orderProblem(
    node: FlowStep,
    source: FlowStep,
    template: TemplateField,
    reference: TextReference,
  ): Found | null {
    const { flow } = this;
    if (!flow.reachable.has(node.id)) return null;
    // The end of a pass and the undo of a scope see what lies inside.
    const fromInside =
      template.view !== 'step' && containersAround(flow, source.id).some((each) => each.id === node.id);
    if (fromInside) return this.insideProblem(node, source, template, reference);
    const meeting = meet(flow, node.id, source.id);
    if (meeting === null) return null;
    const later = this.laterProblem(node, source, template, meeting);
    if (later !== null) return later;
    const loop = meeting.aroundB.find((each) => each.kind !== 'scope');
    if (loop) {
      const message = `Step ${node.name} reads step ${source.name} inside loop ${loop.name}, of which there may be many; read the loop's output instead.`;
      return { level: 'error', id: 'reference.inside-loop', message };
    }
    // How a step ended is there for every step before; only its output needs success.
    if (reference.path[0] !== undefined && reference.path[0] !== 'output') return null;
    const empty = emptyOutput(node, source);
    if (empty !== null) return empty;
    if (source.kind === 'branch' || this.isCertain(meeting, source)) return null;
    const message = `Step ${node.name} reads step ${source.name}, which ${this.reasonOf(meeting, node, source)}; without it the value is empty.`;
    return { level: 'warning', id: 'reference.uncertain', message };
  }

  private laterProblem(node: FlowStep, source: FlowStep, template: TemplateField, meeting: Meeting): Found | null {
    const { proof, a, b } = meeting;
    if (a !== b && proof.isBefore(b, a)) return null;
    if (proof.isHandling(a) && proof.isInBody(b)) return null;
    if (template.view === 'undo') {
      const own =
        source.id === node.id
          ? '; use step.output for its own result'
          : '; an undo can read its own step and what came before it';
      const message = `The undo of step ${node.name} reads step ${source.name}, which is not before it${own}.`;
      return { level: 'error', id: 'undo.reads-later', message };
    }
    const message = `Step ${node.name} reads step ${source.name}, which does not run before it; move it, or read another step.`;
    return { level: 'error', id: 'reference.not-yet', message };
  }

  private insideProblem(
    node: FlowStep,
    source: FlowStep,
    template: TemplateField,
    reference: TextReference,
  ): Found | null {
    const between = containersAround(this.flow, source.id);
    const inner = between.slice(
      0,
      between.findIndex((each) => each.id === node.id),
    );
    const loop = inner.find((each) => each.kind !== 'scope');
    if (loop) {
      const message = `Step ${node.name} reads step ${source.name} inside loop ${loop.name}, of which there may be many; read the loop's output instead.`;
      return { level: 'error', id: 'reference.inside-loop', message };
    }
    if (reference.path[0] !== undefined && reference.path[0] !== 'output') return null;
    const first = node.kind === 'repeat' && node.test === 'before';
    const certain = !first && [source, ...inner].every((each) => this.isCertainInside(each.id));
    if (certain) return null;
    const message = `${template.view === 'undo' ? 'The undo' : 'The condition'} of ${node.name} reads step ${source.name}, which does not run ${first ? 'before the first pass' : 'every time'}; without it the value is empty.`;
    return { level: 'warning', id: 'reference.uncertain', message };
  }

  private isCertain({ proof, a, b, aroundB }: Meeting, source: FlowStep): boolean {
    if (!proof.certainlyBefore(a, b)) return false;
    return aroundB.length === 0 || [...aroundB.slice(1), source].every((each) => this.isCertainInside(each.id));
  }

  /** It has certainly succeeded when the container right around it has. */
  private isCertainInside(id: string): boolean {
    const level = this.flow.levels.get(scopeOf(this.flow, id));
    if (!level?.proof?.certainlyInBody(id)) return false;
    const handled = level.order.some((each) => level.proof?.isHandling(each));
    const stopped = level.order.some(
      (each) => this.flow.byId.get(each)?.kind === 'terminate' && !level.proof?.certainlyBefore(each, id),
    );
    return !handled && !stopped;
  }

  /** Names the choice on which it depends whether the source has succeeded. */
  private reasonOf({ proof, container, a, b, aroundB }: Meeting, node: FlowStep, source: FlowStep): string {
    const { flow } = this;
    if (proof.isHandling(a) && proof.isInBody(b)) return `may not have run when scope ${container?.name ?? ''} failed`;
    const inner = proof.certainlyBefore(a, b) ? aroundB[0] : undefined;
    if (inner) return `does not run every time in scope ${inner.name}`;
    if ('onFailure' in source && source.onFailure === 'error-edge') return 'may have left by its error edge';
    if ('onTimeout' in source && source.onTimeout === 'timeout-edge') return 'may have left by its timeout edge';
    for (let id = proof.dominator(b); id !== null; id = proof.dominator(id)) {
      const choice = flow.byId.get(id);
      if (!choice || id === node.id) continue;
      if (choice.kind === 'branch' || choice.kind === 'inclusive')
        return `only runs in some cases of branch ${choice.name}`;
      if (choice.kind === 'race') return `only runs after some waits of ${choice.name}`;
      if (choice.kind === 'task') return `only runs after some outcomes of ${choice.name}`;
      const guarded =
        ('onFailure' in choice && choice.onFailure === 'error-edge') ||
        ('onTimeout' in choice && choice.onTimeout === 'timeout-edge');
      if (guarded) return `only runs depending on how ${choice.name} ended`;
    }
    const join = flow.nodes.find(
      (each) => each.kind === 'join' && each.mode.kind !== 'all' && proof.isBefore(b, each.id),
    );
    return join ? `may not be finished when join ${join.name} goes on` : 'does not run after every trigger';
  }
}

/** A step that goes on without an output in cases that the author chose. */
function emptyOutput(node: FlowStep, source: FlowStep): Found | null {
  const passedOver = 'skipWhen' in source && source.skipWhen !== undefined && source.skipWhen !== '';
  const goesOn = 'onFailure' in source && source.onFailure === 'continue';
  if (!passedOver && !goesOn) return null;
  const when = goesOn ? 'when that step has failed and the run went on' : 'when that step was passed over';
  const message = `Step ${node.name} reads the output of ${source.name}, which is empty ${when}.`;
  return { level: 'hint', id: 'reference.uncertain', message };
}
