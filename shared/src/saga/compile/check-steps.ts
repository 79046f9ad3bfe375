/** Checks of single steps: connector, required inputs, effect, undo, retry, keys, skipping, calls. */
import type { NodeOf, Undo } from '../../graph/index.js';
import type { FormSchema, OperationManifest } from '../../connector/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import { isRepeatable } from '../retry.js';
import { effectOf } from './build.js';
import type { Catalogue } from './build.js';
import type { CompileOptions } from './compile.js';
import type { Report } from './diagnostic.js';
import { isTriggerNode } from './flow.js';
import type { Flow, FlowStep } from './flow.js';
import { outputShape } from './output-shape.js';
import { fix } from './quick-fix.js';
import type { QuickFix } from './quick-fix.js';
import { constantOf, forEachText, plainPath } from './read-template.js';

export function checkSteps(flow: Flow, options: CompileOptions, report: Report): void {
  const catalogue = options.connectors ?? null;
  const types = new TypeChecker(flow, catalogue, report);
  for (const node of flow.nodes) {
    if (isTriggerNode(node)) continue;
    if (node.kind === 'action') checkAction(node, flow.graph.settings.strict, types, options, report);
    if (node.kind === 'call') checkCall(node, flow.graph.settings.strict, options, report);
    if (node.kind === 'emit') checkEmit(node, flow.graph.settings.strict, options, report);
    if ((node.kind === 'call' || node.kind === 'emit' || node.kind === 'scope') && node.undo?.kind === 'compensation') {
      checkOperation(node, node.undo, 'undo.', types, options, report);
    }
    if (node.kind === 'action' || node.kind === 'call' || node.kind === 'emit') checkAttempts(node, report);
    if ('skipWhen' in node && node.skipWhen !== undefined && constantOf(node.skipWhen) === true) {
      const message = `Step ${node.name} is always passed over; change its condition or delete the step.`;
      report('warning', 'step.always-skipped', message, { node: node.id, field: 'skipWhen' }, [
        fix.clear('Never pass it over', node.id, ['skipWhen']),
      ]);
    }
    if (node.kind === 'repeat' && constantOf(node.until) !== null) {
      const message = `Loop ${node.name} has a condition that never changes, so the number of passes is always the same; let it read something.`;
      report('warning', 'loop.constant-condition', message, { node: node.id, field: 'until' });
    }
    checkSecrets(node, report);
  }
}

const NEEDS_NONE: Undo = { kind: 'not-needed', reason: 'Nothing has to be taken back.' };

function checkAction(
  node: NodeOf<'action'>,
  strict: boolean,
  types: TypeChecker,
  options: CompileOptions,
  report: Report,
): void {
  const manifest = checkOperation(node, node, '', types, options, report);
  const effect = effectOf(node, manifest);
  if (node.effect && manifest && node.effect !== effect) {
    const message = `Step ${node.name} is declared ${node.effect}, but its operation is ${manifest.effect}; choose a stricter class or none.`;
    report('error', 'effect.weakened', message, { node: node.id, field: 'effect' }, [
      fix.clear(`Take it for ${manifest.effect}`, node.id, ['effect']),
    ]);
  }
  const hasEffect = effect !== 'pure' && effect !== 'read';
  if (hasEffect && !node.undo) reportUndeclared(node, strict, inverseOf(node, manifest), report);
  if (!hasEffect && node.undo && manifest) {
    const message = `Step ${node.name} changes nothing outside; its undo declaration can go.`;
    report('hint', 'undo.unneeded', message, { node: node.id, field: 'undo' }, [
      fix.clear('Delete the declaration', node.id, ['undo']),
    ]);
  }
  if (node.retry && node.retry.maxAttempts > 1 && !isRepeatable(effect)) {
    const message = `Step ${node.name} must not be repeated blindly (${effect}), but has ${node.retry.maxAttempts} attempts; only refusals that prove that nothing happened will be retried.`;
    report('warning', 'retry.at-most-once', message, { node: node.id, field: 'retry.maxAttempts' }, [
      fix.set('One attempt', node.id, ['retry', 'maxAttempts'], 1),
    ]);
  }
  if (node.undo?.kind === 'compensation') checkOperation(node, node.undo, 'undo.', types, options, report);
}

function reportUndeclared(
  node: NodeOf<'action' | 'call' | 'emit'>,
  strict: boolean,
  inverse: QuickFix | null,
  report: Report,
): void {
  const message = `Step ${node.name} changes something outside and does not say how it is undone; add an undo step, or say that none is needed or possible.`;
  report(strict ? 'error' : 'warning', 'undo.undeclared', message, { node: node.id, field: 'undo' }, [
    inverse,
    fix.set('Say that it needs no undo', node.id, ['undo'], NEEDS_NONE),
    fix.set('Say that it cannot be undone', node.id, ['undo'], { kind: 'irreversible' }),
  ]);
}

/** The undo that the connector itself declares. */
function inverseOf(node: NodeOf<'action'>, manifest: OperationManifest | undefined): QuickFix | null {
  if (!manifest?.undo) return null;
  const { operation, name, input } = manifest.undo;
  const undo = { kind: 'compensation', name, connector: node.connector, operation, input };
  return fix.set(`Undo it by ${name}`, node.id, ['undo'], undo);
}

function checkCall(node: NodeOf<'call'>, strict: boolean, options: CompileOptions, report: Report): void {
  if (node.mode === 'forget' && !node.undo) reportUndeclared(node, strict, null, report);
  if (!options.workflows) return;
  const place = { node: node.id, field: 'workflow' };
  const child = options.workflows.find((each) => each.id === node.workflow);
  if (!child) {
    const message = `Step ${node.name} calls a workflow that does not exist; choose another.`;
    report('error', 'workflow.unknown', message, place);
  } else if (!child.callable) {
    const message = `Step ${node.name} calls ${child.name}, which no published trigger lets others call; add a trigger "called by a workflow" there and publish it.`;
    report('error', 'workflow.not-callable', message, place);
  }
}

/** An event, once told, stays told: taking it back is another event that says so. */
function checkEmit(node: NodeOf<'emit'>, strict: boolean, options: CompileOptions, report: Report): void {
  if (!node.undo) reportUndeclared(node, strict, null, report);
  const known = options.workflows?.some(({ id }) => id === node.workflow);
  if (node.workflow === undefined || known !== false) return;
  const message = `Step ${node.name} sends its event to a workflow that does not exist; choose another, or none.`;
  report('error', 'workflow.unknown', message, { node: node.id, field: 'workflow' }, [
    fix.clear('Send it to whoever listens', node.id, ['workflow']),
  ]);
}

function checkAttempts(node: NodeOf<'action' | 'call' | 'emit'>, report: Report): void {
  const { totalTimeoutMs, attemptTimeoutMs } = node;
  if (totalTimeoutMs !== undefined && attemptTimeoutMs !== undefined && attemptTimeoutMs > totalTimeoutMs) {
    const message = `Step ${node.name} has less time in all than one attempt may take; give it more, or the attempt less.`;
    report('warning', 'timeout.total-too-short', message, { node: node.id, field: 'totalTimeoutMs' }, [
      fix.set('Shorten the attempt', node.id, ['attemptTimeoutMs'], totalTimeoutMs),
    ]);
  }
  if (node.idempotencyKey !== undefined && !node.idempotencyKey.includes('{{')) {
    const message = `Step ${node.name} sends the same key in every run, so that only the first run would have an effect; let the key read something.`;
    report('warning', 'key.constant', message, { node: node.id, field: 'idempotencyKey' }, [
      fix.clear("Use the run's own key", node.id, ['idempotencyKey']),
    ]);
  }
}

interface Call {
  readonly connector: string;
  readonly operation: string;
  readonly input: JsonObject;
}

function checkOperation(
  node: NodeOf<'action' | 'call' | 'emit' | 'scope'>,
  call: Call,
  prefix: '' | 'undo.',
  types: TypeChecker,
  options: CompileOptions,
  report: Report,
): OperationManifest | undefined {
  const catalogue = options.connectors;
  if (!catalogue) return undefined;
  const whose = prefix === '' ? `Step ${node.name}` : `The undo of step ${node.name}`;
  const connector = Object.hasOwn(catalogue, call.connector) ? catalogue[call.connector] : undefined;
  if (!connector) {
    const message = `${whose} uses connector ${call.connector}, which does not exist; choose another.`;
    report('error', 'connector.unknown', message, { node: node.id, field: `${prefix}connector` });
    return undefined;
  }
  if (connector.credential && options.credentials && !options.credentials.has(call.connector)) {
    const message = `${whose} uses ${connector.name}, which needs ${connector.credential.title}; store one in the settings.`;
    report('error', 'credential.missing', message, { node: node.id, field: `${prefix}connector` });
  }
  const manifest = Object.hasOwn(connector.operations, call.operation)
    ? connector.operations[call.operation]
    : undefined;
  if (!manifest) {
    const message = `${whose} uses ${connector.name} ${call.operation}, which does not exist; choose another operation.`;
    report('error', 'operation.unknown', message, { node: node.id, field: `${prefix}operation` });
    return undefined;
  }
  const path = prefix === '' ? ['input'] : ['undo', 'input'];
  for (const name of manifest.input.required) {
    const value = call.input[name];
    if (value !== undefined && value !== '' && value !== null) continue;
    const property = manifest.input.properties[name];
    const message = `${whose} needs "${property?.title ?? name}"; fill it in.`;
    const [example] = property?.default !== undefined ? [property.default] : (property?.examples ?? []);
    report('error', 'input.missing', message, { node: node.id, field: `${prefix}input.${name}` }, [
      typeof example === 'string' && example.includes('{{')
        ? null
        : example === undefined
          ? null
          : fix.set(`Fill in ${JSON.stringify(example)}`, node.id, [...path, name], example),
    ]);
  }
  types.check(node, whose, call.input, manifest.input, prefix);
  return manifest;
}

type Property = FormSchema['properties'][string];

/** Whether what is filled into a field fits its type: fixed values, and outputs of steps whose samples are known. */
class TypeChecker {
  private readonly byKey: ReadonlyMap<string, FlowStep>;

  constructor(
    flow: Flow,
    private readonly catalogue: Catalogue | null,
    private readonly report: Report,
  ) {
    this.byKey = flow.byKey;
  }

  check(node: FlowStep, whose: string, input: JsonObject, schema: FormSchema, prefix: '' | 'undo.'): void {
    for (const [name, property] of Object.entries(schema.properties)) {
      const value = input[name];
      if (value === undefined || value === null || value === '') continue;
      const [known, what] = this.valueOf(value);
      if (known === undefined || fits(known, property)) continue;
      const wanted = property.enum ? `one of ${property.enum.join(', ')}` : article(property.type);
      const message = `${whose} wants ${wanted} as "${property.title}", but gets ${what}; change the value.`;
      this.report('warning', 'input.type-mismatch', message, { node: node.id, field: `${prefix}input.${name}` });
    }
  }

  /** The value itself, or an example of what its expression gives; undefined = not known. */
  private valueOf(value: Json): [Json | undefined, string] {
    let isTemplate = false;
    forEachText(value, (text) => {
      if (text.includes('{{')) isTemplate = true;
    });
    if (!isTemplate) return [value, JSON.stringify(value)];
    const reference = typeof value === 'string' ? plainPath(value) : null;
    const source = reference?.root === 'steps' ? this.byKey.get(reference.key ?? '') : undefined;
    if (!reference || !source || reference.path[0] !== 'output') return [undefined, ''];
    const shape = outputShape(source, reference.path.slice(1), this.catalogue);
    if (shape?.kind !== 'json') return [undefined, ''];
    return [shape.sample, `${article(typeName(shape.sample))} from ${source.name}`];
  }
}

function fits(value: Json, { type, enum: allowed }: Property): boolean {
  if (allowed && typeof value === 'string') return allowed.includes(value);
  switch (type) {
    case 'any':
      return true;
    case 'string':
      return typeof value !== 'object';
    case 'number':
      return isNumeric(value);
    case 'integer':
      return isNumeric(value) && Number.isInteger(Number(value));
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false';
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
  }
}

/** Forms store numbers as they are typed. */
const isNumeric = (value: Json) =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)));

function typeName(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

const article = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** Beginnings of keys that services hand out, and forms of secrets; what only might be one is left alone. */
const SECRETS: readonly RegExp[] = [
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}/,
  /\bwhsec_[A-Za-z0-9+/=]{8,}/,
  /\bBearer\s+[A-Za-z0-9._~+/=-]{12,}/,
  /\bBasic\s+[A-Za-z0-9+/=]{12,}/,
  /\bAKIA[A-Z0-9]{12,}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bAIza[A-Za-z0-9_-]{30,}/,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@{}]+:[^\s/@{}]{4,}@/i,
];

const SHORTEST_SECRET = 13;

/** A drawing is exported, shown and kept in every version: secrets do not belong into it. */
function checkSecrets(node: FlowStep, report: Report): void {
  const { position: _position, ...fields } = node;
  forEachText(fields as unknown as Json, (text, path) => {
    if (text.length < SHORTEST_SECRET || !SECRETS.some((secret) => secret.test(text))) return;
    const message = `Step ${node.name} holds what looks like a secret in plain text; store it as a credential and delete it here.`;
    report('warning', 'secret.plain', message, { node: node.id, field: path.join('.') });
  });
}
