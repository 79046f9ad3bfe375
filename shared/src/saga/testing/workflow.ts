/**
 * Builds workflow graphs in tests, as one would tell them: `workflow().step('reserve').step('charge').definition()`.
 *
 * Names are ids too. What takes a {@link Build} is told in it: branches meet again at what follows; bodies and handlers of
 * containers stay inside; a path behind `resume` keeps apart.
 */
import type { z } from 'zod';
import { nodeSchema } from '../../graph/index.js';
import type {
  EdgeId,
  EffectClass,
  Graph,
  GraphNode,
  NodeId,
  RetryPolicy,
  TriggerKind,
  Undo,
} from '../../graph/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import { compile } from '../compile/index.js';
import type { JoinMode, SagaDefinition } from '../definition.js';

/** A node as it may be written: with its defaults left out. */
type Source = z.input<typeof nodeSchema>;
type SourceOf<K extends Source['kind']> = Extract<Source, { kind: K }>;
type Unnamed<T> = T extends unknown ? Omit<T, 'id' | 'name' | 'position' | 'parent' | 'note'> : never;

export type Build = (path: WorkflowBuilder) => WorkflowBuilder;

/** What every trigger needs to be told beside its name. */
export type TriggerSource = Unnamed<SourceOf<TriggerKind>>;

interface FailureSettings {
  readonly onFailure?: 'fail' | 'continue' | 'error-edge' | 'park';
  /** What its error edge leads to; chooses `error-edge`. */
  readonly error?: Build;
}

type RoutedFailureSettings = Pick<FailureSettings, 'error'> & { readonly onFailure?: 'fail' | 'error-edge' | 'park' };

interface TimeoutSettings {
  /** What its timeout edge leads to; chooses `timeout-edge`. */
  readonly timeout?: Build;
}

interface SkipSettings {
  /** Template. */
  readonly skipWhen?: string;
}

interface AttemptSettings extends FailureSettings, TimeoutSettings, SkipSettings {
  readonly retry?: RetryPolicy;
  readonly attemptTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly idempotencyKey?: string;
  readonly concurrency?: { readonly key: string; readonly limit: number; readonly policy?: 'queue' | 'reject' };
  readonly rate?: { readonly key: string; readonly limit: number; readonly perMs: number };
}

/** How it is undone, in short for those that need no more said. */
export type UndoSettings = Undo | 'pivot' | 'irreversible';

export interface StepSettings extends AttemptSettings {
  readonly effect?: EffectClass;
  /** Default: a compensation named `undo <name>`; null = undeclared. */
  readonly undo?: UndoSettings | null;
  readonly input?: JsonObject;
}

export interface CallSettings extends AttemptSettings {
  /** Default: `child`. */
  readonly workflow?: string;
  readonly version?: SourceOf<'call'>['version'];
  readonly input?: JsonObject;
  readonly mode?: 'wait' | 'forget';
  /** Default: the child's own undo. */
  readonly undo?: UndoSettings;
}

export interface EmitSettings extends AttemptSettings {
  readonly event?: SourceOf<'emit'>['event'];
  /** Id of the one workflow that may start by it. */
  readonly workflow?: string;
  /** Default: none declared. */
  readonly undo?: UndoSettings;
}

export interface ContainerSettings extends FailureSettings, TimeoutSettings, SkipSettings {
  readonly timeoutMs?: number;
}

export interface ScopeSettings extends ContainerSettings {
  readonly variables?: JsonObject;
  readonly undoAsUnit?: boolean;
  readonly undo?: UndoSettings;
  /** What is done when something inside fails. */
  readonly handler?: Build;
  /** Makes it a save-point, and says how the run goes on from it. */
  readonly resume?: Build;
}

export interface ForEachSettings extends ContainerSettings {
  /** Items at a time; default: one after another. */
  readonly limit?: number;
  readonly onItemFailure?: 'fail' | 'continue' | 'collect';
  /** What is kept of the items' results. */
  readonly results?: 'all' | 'none';
}

export type RepeatSettings = ContainerSettings &
  Partial<Pick<SourceOf<'repeat'>, 'until' | 'test' | 'maxPasses' | 'onBound'>>;

/** An event that is waited for; its type alone, or all of it. */
export type EventSource = string | SourceOf<'wait'>['event'];

export interface WaitSettings extends FailureSettings, TimeoutSettings, SkipSettings {
  readonly timeoutMs?: number;
}

type TaskSource = Omit<SourceOf<'task'>['task'], 'outcomes'>;

export interface TaskSettings extends RoutedFailureSettings, TimeoutSettings, SkipSettings {
  /** Default: the step's name as title. */
  readonly task?: Partial<TaskSource>;
  /** Ids of outcomes that need a comment. */
  readonly commentRequired?: readonly string[];
  readonly timeoutMs?: number;
}

/** One wait of a race, and what it leads to. */
export type ArmSettings = { readonly then: Build } & (
  | { readonly event: EventSource }
  | { readonly afterMs: number }
  | { readonly until: string }
  /** Outcomes by id; all of them leave by the arm. */
  | { readonly outcomes: readonly string[]; readonly task?: Partial<TaskSource> }
);

/** @param trigger what starts it; default: a person */
export const workflow = (trigger?: TriggerSource) => new WorkflowBuilder(emptyParts(), []).trigger('start', trigger);

type Settings = Graph['settings'];

interface Parts {
  readonly nodes: Record<NodeId, GraphNode>;
  readonly edges: Record<EdgeId, Graph['edges'][string]>;
  readonly order: NodeId[];
  settings: Settings;
}

const emptyParts = (): Parts => ({
  nodes: {},
  edges: {},
  order: [],
  settings: { direction: 'lr', strict: false, variables: {} },
});

type Tip = { readonly from: NodeId; readonly port: string };

/** `tips` are the open ports that the next step is connected to; `parent` is the container that is being told. */
export class WorkflowBuilder {
  constructor(
    private readonly parts: Parts,
    private tips: readonly Tip[],
    private readonly parent: NodeId | null = null,
  ) {}

  /** Leads on to what follows, beside every trigger before. */
  trigger(name = 'start', source: TriggerSource = { kind: 'trigger.manual' }): this {
    const before = this.tips;
    this.tips = [];
    this.add(name, source);
    this.tips = [...before, ...this.tips];
    return this;
  }

  /** Variables of the run, its deadline, strictness. */
  settings(settings: Partial<Settings>): this {
    this.parts.settings = { ...this.parts.settings, ...settings };
    return this;
  }

  step(name: string, settings: StepSettings = {}): this {
    const { effect = 'keyed', undo = compensation(name), input = { step: name } } = settings;
    return this.addGuarded(name, settings, {
      kind: 'action',
      connector: 'test',
      operation: 'do',
      input,
      effect,
      ...undoField(undo),
      ...attemptFields(settings),
    });
  }

  transform(
    name: string,
    values: Json,
    settings: FailureSettings & SkipSettings & { readonly assign?: JsonObject } = {},
  ): this {
    const assign = settings.assign ? { assign: settings.assign } : {};
    return this.addGuarded(name, settings, { kind: 'transform', values, ...assign });
  }

  /** @param source body of `(input) => { ... }` */
  code(
    name: string,
    source: string,
    settings: FailureSettings & TimeoutSettings & SkipSettings & { input?: JsonObject; timeoutMs?: number } = {},
  ): this {
    const { input = {}, timeoutMs } = settings;
    return this.addGuarded(name, settings, { kind: 'code', source, input, ...(timeoutMs && { timeoutMs }) });
  }

  delay(name: string, delay: number | string, settings: FailureSettings & SkipSettings = {}): this {
    return this.addGuarded(name, settings, { kind: 'delay', delay: delayOf(delay) });
  }

  wait(name: string, event: EventSource, settings: WaitSettings = {}): this {
    return this.addGuarded(name, settings, { kind: 'wait', event: eventOf(event), ...timeoutField(settings) });
  }

  /** @param outcomes builders by the outcome's id; the paths meet again at what follows */
  task(name: string, outcomes: Readonly<Record<string, Build>>, settings: TaskSettings = {}): this {
    const { commentRequired = [] } = settings;
    const task = {
      title: name,
      ...settings.task,
      outcomes: Object.keys(outcomes).map((id) => ({ id, label: id, commentRequired: commentRequired.includes(id) })),
    };
    return this.addRouted(name, outcomes, settings, { kind: 'task', task, ...timeoutField(settings) });
  }

  call(name: string, settings: CallSettings = {}): this {
    const { workflow: child = 'child', version = { kind: 'latest' as const }, input = { step: name }, mode } = settings;
    return this.addGuarded(name, settings, {
      kind: 'call',
      workflow: child,
      version,
      input,
      ...(mode && { mode }),
      ...undoField(settings.undo ?? null),
      ...attemptFields(settings),
    });
  }

  emit(name: string, settings: EmitSettings = {}): this {
    const { event = { type: 'order.placed', data: { step: name } }, workflow: receiver } = settings;
    return this.addGuarded(name, settings, {
      kind: 'emit',
      event,
      ...(receiver !== undefined && { workflow: receiver }),
      ...undoField(settings.undo ?? null),
      ...attemptFields(settings),
    });
  }

  respond(
    name: string,
    answer: { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: Json } = {},
    settings: FailureSettings & SkipSettings = {},
  ): this {
    return this.addGuarded(name, settings, { kind: 'respond', ...answer });
  }

  /** @param cases builders by condition; `else` is the default. The paths meet again at what follows. */
  branch(name: string, cases: Readonly<Record<string, Build>>, settings: RoutedFailureSettings = {}): this {
    const { ports, list } = casesOf(cases);
    return this.addRouted(name, ports, settings, { kind: 'branch', cases: list });
  }

  /** @param cases as of {@link branch}; every true one starts. A join `<name>Join` brings them together. */
  inclusive(
    name: string,
    cases: Readonly<Record<string, Build>>,
    mode: JoinMode = { kind: 'all' },
    settings: RoutedFailureSettings = {},
  ): this {
    const { ports, list } = casesOf(cases);
    return this.addRouted(name, ports, settings, { kind: 'inclusive', cases: list }).join(`${name}Join`, mode);
  }

  parallel(name: string, branches: readonly Build[], mode: JoinMode = { kind: 'all' }): this {
    this.add(name, { kind: 'parallel' });
    this.tips = branches.flatMap((build) => this.path([{ from: name, port: 'out' }], build));
    return this.join(`${name}Join`, mode, `${name} join`);
  }

  /** @param arms by id; the paths meet again at what follows */
  race(
    name: string,
    arms: Readonly<Record<string, ArmSettings>>,
    settings: RoutedFailureSettings & SkipSettings = {},
  ): this {
    const ports = Object.fromEntries(Object.entries(arms).map(([id, arm]) => [id, arm.then]));
    const list = Object.entries(arms).map(([id, arm]) => armOf(id, arm));
    return this.addRouted(name, ports, settings, { kind: 'race', arms: list });
  }

  scope(name: string, body: Build, settings: ScopeSettings = {}): this {
    const { variables, undoAsUnit, handler, resume } = settings;
    this.add(name, {
      kind: 'scope',
      ...guards(settings),
      ...timeoutField(settings),
      ...(variables && { variables }),
      ...(undoAsUnit && { undoAsUnit }),
      ...(resume && { savePoint: true }),
      ...undoField(settings.undo ?? null),
    });
    this.inside(name, 'body', body);
    if (handler) this.inside(name, 'handler', handler);
    if (resume) {
      const rest = this.path([{ from: name, port: 'resume' }], resume);
      if (this.parent === null && rest.length > 0) new WorkflowBuilder(this.parts, rest).end(`${name}Resumed`);
    }
    return this.asides(name, settings);
  }

  /** @param items template of the array */
  forEach(name: string, items: string, body: Build, settings: ForEachSettings = {}): this {
    const { limit, onItemFailure, results } = settings;
    this.add(name, {
      kind: 'for-each',
      items,
      mode: limit === undefined ? { kind: 'sequential' } : { kind: 'parallel', limit },
      ...(onItemFailure && { onItemFailure }),
      ...(results && { results }),
      ...guards(settings),
      ...timeoutField(settings),
    });
    this.inside(name, 'body', body);
    return this.asides(name, settings);
  }

  /** Until its condition holds; default: twice. */
  repeat(name: string, body: Build, settings: RepeatSettings = {}): this {
    const { until = '{{ index >= 2 }}', test, maxPasses, onBound } = settings;
    this.add(name, {
      kind: 'repeat',
      until,
      ...(test && { test }),
      ...(maxPasses && { maxPasses }),
      ...(onBound && { onBound }),
      ...guards(settings),
      ...timeoutField(settings),
    });
    this.inside(name, 'body', body);
    return this.asides(name, settings);
  }

  join(id: string, mode: JoinMode = { kind: 'all' }, name = id): this {
    return this.add(id, { kind: 'join', mode }, name);
  }

  end(name = 'end', output?: Json): this {
    return this.stop(name, { kind: 'end', ...(output !== undefined && { output }) });
  }

  fail(name: string, code = 'business'): this {
    return this.stop(name, { kind: 'fail', code, message: 'Failed on purpose.' });
  }

  terminate(name: string, output?: Json): this {
    return this.stop(name, { kind: 'terminate', ...(output !== undefined && { output }) });
  }

  graph(): Graph {
    if (this.tips.length > 0) this.end();
    return { schemaVersion: 2, ...this.parts };
  }

  /** @throws when the graph has errors */
  definition(): SagaDefinition {
    const { definition, diagnostics } = compile(this.graph());
    if (definition === null) throw new Error(diagnostics.map((each) => `${each.id}: ${each.message}`).join('\n'));
    return definition;
  }

  /** A node with one plain way on, and its ways for failures. */
  private addGuarded(name: string, settings: FailureSettings & TimeoutSettings & SkipSettings, source: object): this {
    return this.add(name, { ...source, ...guards(settings) } as Unnamed<Source>).asides(name, settings);
  }

  /** A node that leaves by one of several ports. */
  private addRouted(
    name: string,
    ports: Readonly<Record<string, Build>>,
    settings: RoutedFailureSettings & TimeoutSettings & SkipSettings,
    source: Unnamed<Source>,
  ): this {
    this.add(name, { ...source, ...guards(settings) } as Unnamed<Source>);
    this.tips = Object.entries(ports).flatMap(([port, build]) => this.path([{ from: name, port }], build));
    return this.asides(name, settings);
  }

  private asides(name: string, settings: FailureSettings & TimeoutSettings): this {
    for (const port of ['error', 'timeout'] as const) {
      const build = settings[port];
      if (build) this.tips = [...this.tips, ...this.path([{ from: name, port }], build)];
    }
    return this;
  }

  private path(tips: readonly Tip[], build: Build): readonly Tip[] {
    return build(new WorkflowBuilder(this.parts, tips, this.parent)).tips;
  }

  private inside(container: NodeId, port: 'body' | 'handler', build: Build): void {
    build(new WorkflowBuilder(this.parts, [{ from: container, port }], container));
  }

  private stop(name: string, source: Unnamed<Source>): this {
    this.add(name, source);
    this.tips = [];
    return this;
  }

  private add(id: string, source: Unnamed<Source>, name = id): this {
    const parent = this.parent === null ? {} : { parent: this.parent };
    const node = nodeSchema.parse({ id, name, position: { x: 0, y: 0 }, ...parent, ...source });
    this.parts.nodes[id] = node;
    this.parts.order.push(id);
    for (const { from, port } of this.tips) {
      const edge = `${from}-${port}-${id}`;
      this.parts.edges[edge] = { id: edge, from, port, to: id };
    }
    this.tips = [{ from: id, port: 'out' }];
    return this;
  }
}

function compensation(name: string): Undo {
  return { kind: 'compensation', name: `undo ${name}`, connector: 'test', operation: 'undo', input: { step: name } };
}

function undoField(undo: UndoSettings | null): { undo?: Undo } {
  if (undo === null) return {};
  return { undo: typeof undo === 'string' ? { kind: undo } : undo };
}

/** Reactions to failure and to running out of time follow from the paths that are told for them. */
function guards(settings: FailureSettings & TimeoutSettings & SkipSettings): object {
  const onFailure = settings.onFailure ?? (settings.error ? 'error-edge' : undefined);
  return {
    ...(onFailure && { onFailure }),
    ...(settings.timeout && { onTimeout: 'timeout-edge' as const }),
    ...(settings.skipWhen !== undefined && { skipWhen: settings.skipWhen }),
  };
}

function attemptFields(settings: AttemptSettings): Partial<AttemptSettings> {
  const { retry, attemptTimeoutMs, totalTimeoutMs, idempotencyKey, concurrency, rate } = settings;
  return {
    ...(retry && { retry }),
    ...(attemptTimeoutMs && { attemptTimeoutMs }),
    ...(totalTimeoutMs && { totalTimeoutMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(concurrency && { concurrency }),
    ...(rate && { rate }),
  };
}

function timeoutField({ timeoutMs }: { readonly timeoutMs?: number }): { timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs };
}

function delayOf(delay: number | string): SourceOf<'delay'>['delay'] {
  return typeof delay === 'number' ? { kind: 'for', durationMs: delay } : { kind: 'until', instant: delay };
}

function eventOf(event: EventSource): SourceOf<'wait'>['event'] {
  return typeof event === 'string' ? { type: event } : event;
}

function armOf(id: string, arm: ArmSettings): SourceOf<'race'>['arms'][number] {
  const base = { id, label: id };
  if ('event' in arm) return { ...base, kind: 'event', event: eventOf(arm.event) };
  if ('afterMs' in arm) return { ...base, kind: 'timer', delay: delayOf(arm.afterMs) };
  if ('until' in arm) return { ...base, kind: 'timer', delay: delayOf(arm.until) };
  const outcomes = arm.outcomes.map((outcome) => ({ id: outcome, label: outcome }));
  return { ...base, kind: 'task', task: { title: id, ...arm.task, outcomes } };
}

function casesOf(cases: Readonly<Record<string, Build>>): {
  ports: Record<string, Build>;
  list: SourceOf<'branch'>['cases'];
} {
  const conditions = Object.keys(cases).filter((each) => each !== 'else');
  const portOf = (when: string) => (when === 'else' ? 'else' : `case${conditions.indexOf(when)}`);
  return {
    ports: Object.fromEntries(Object.entries(cases).map(([when, build]) => [portOf(when), build])),
    list: conditions.map((when, index) => ({ id: `case${index}`, label: when.slice(0, 80), when })),
  };
}
