/** Builds workflow graphs in tests, as one would tell them: `workflow().step('reserve').step('charge').definition()`. */
import type { EdgeId, EffectClass, Graph, GraphNode, NodeId, RetryPolicy, Undo } from '../../graph/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import { compile } from '../compile/index.js';
import type { JoinMode, SagaDefinition } from '../definition.js';

export interface StepSettings {
  readonly effect?: EffectClass;
  /** Default: a compensation named `undo <name>`; null = undeclared. */
  readonly undo?: Undo | 'pivot' | 'irreversible' | null;
  readonly retry?: RetryPolicy;
  readonly onFailure?: 'fail' | 'continue' | 'error-edge';
  readonly input?: JsonObject;
  /** What its error edge leads to. */
  readonly error?: Build;
}

export type Build = (path: WorkflowBuilder) => WorkflowBuilder;

export const workflow = () => new WorkflowBuilder({ nodes: {}, edges: {}, order: [] }, []).trigger();

interface Parts {
  readonly nodes: Record<NodeId, GraphNode>;
  readonly edges: Record<EdgeId, Graph['edges'][string]>;
  readonly order: NodeId[];
}

/** Names are ids too. `tips` are the open ports that the next step is connected to. */
export class WorkflowBuilder {
  constructor(
    private readonly parts: Parts,
    private tips: readonly { readonly from: NodeId; readonly port: string }[],
  ) {}

  trigger(name = 'start'): this {
    return this.add({ id: name, name, kind: 'trigger.manual', position: ORIGIN });
  }

  step(name: string, settings: StepSettings = {}): this {
    const undo = settings.undo === undefined ? compensation(name) : settings.undo;
    const onFailure = settings.onFailure ?? (settings.error ? 'error-edge' : 'fail');
    const { effect = 'keyed', retry, input = { step: name } } = settings;
    const declared = undo === null ? {} : { undo: typeof undo === 'string' ? { kind: undo } : undo };
    this.add({
      id: name,
      name,
      kind: 'action',
      connector: 'test',
      operation: 'do',
      input,
      effect,
      onFailure,
      position: ORIGIN,
      ...(retry && { retry }),
      ...declared,
    });
    if (!settings.error) return this;
    const aside = settings.error(new WorkflowBuilder(this.parts, [{ from: name, port: 'error' }]));
    this.tips = [...this.tips, ...aside.tips];
    return this;
  }

  transform(name: string, values: Json): this {
    return this.add({ id: name, name, kind: 'transform', values, position: ORIGIN });
  }

  delay(name: string, durationMs: number): this {
    return this.add({ id: name, name, kind: 'delay', delay: { kind: 'for', durationMs }, position: ORIGIN });
  }

  /** @param cases builders by condition; `else` is the default. The paths meet again at what follows. */
  branch(name: string, cases: Readonly<Record<string, Build>>): this {
    const conditions = Object.keys(cases).filter((each) => each !== 'else');
    this.add({
      id: name,
      name,
      kind: 'branch',
      position: ORIGIN,
      cases: conditions.map((when, i) => ({ id: `case${i}`, label: when, when })),
    });
    this.tips = Object.entries(cases).flatMap(([when, build]) => {
      const port = when === 'else' ? 'else' : `case${conditions.indexOf(when)}`;
      return build(new WorkflowBuilder(this.parts, [{ from: name, port }])).tips;
    });
    return this;
  }

  parallel(name: string, branches: readonly Build[], mode: JoinMode = { kind: 'all' }): this {
    this.add({ id: name, name, kind: 'parallel', position: ORIGIN });
    this.tips = branches.flatMap((build) => build(new WorkflowBuilder(this.parts, [{ from: name, port: 'out' }])).tips);
    return this.add({ id: `${name}Join`, name: `${name} join`, kind: 'join', mode, position: ORIGIN });
  }

  end(name = 'end', output?: Json): this {
    this.add({ id: name, name, kind: 'end', position: ORIGIN, ...(output !== undefined && { output }) });
    this.tips = [];
    return this;
  }

  fail(name: string, code = 'business'): this {
    this.add({ id: name, name, kind: 'fail', code, message: 'Failed on purpose.', position: ORIGIN });
    this.tips = [];
    return this;
  }

  graph(): Graph {
    if (this.tips.length > 0) this.end();
    return { schemaVersion: 1, settings: { direction: 'lr', strict: false }, ...this.parts };
  }

  /** @throws when the graph has errors */
  definition(): SagaDefinition {
    const { definition, diagnostics } = compile(this.graph());
    if (definition === null) throw new Error(diagnostics.map((each) => `${each.id}: ${each.message}`).join('\n'));
    return definition;
  }

  private add(node: GraphNode): this {
    this.parts.nodes[node.id] = node;
    this.parts.order.push(node.id);
    for (const { from, port } of this.tips) {
      const id = `${from}-${port}-${node.id}`;
      this.parts.edges[id] = { id, from, port, to: node.id };
    }
    this.tips = [{ from: node.id, port: 'out' }];
    return this;
  }
}

const ORIGIN = { x: 0, y: 0 };

function compensation(name: string): Undo {
  return { kind: 'compensation', name: `undo ${name}`, connector: 'test', operation: 'undo', input: { step: name } };
}
