/** What tests of `compile` draw by hand: graphs that the builder would not make, and a connector that declares everything. */
import { connectorManifestSchema } from '../../connector/index.js';
import type { Graph, GraphNode } from '../../graph/index.js';
import { workflow } from './workflow.js';
import type { Build, TriggerSource } from './workflow.js';
import { compile } from '../compile/index.js';
import type { CompileOptions, QuickFix } from '../compile/index.js';

export interface Case {
  readonly about: string;
  readonly graph: Graph;
  readonly options?: CompileOptions;
  /** Every diagnostic, as {@link said} writes it. */
  readonly says: readonly string[];
}

/** `Delete the edge: remove-edge a-out-b` */
const told = ({ label, edit: { kind, ...rest } }: QuickFix): string => {
  const values = Object.values(rest).map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  return `${label}: ${[kind, ...values].join(' ')}`;
};

/** `level id place at field | fix | fix`, one line each, in the order of the compiler. */
export const said = (graph: Graph, options?: CompileOptions): string[] =>
  compile(graph, options).diagnostics.map(({ level, id, node, edge, field, fixes }) => {
    const place = [node, edge].filter((each) => each !== null).join(' ');
    const at = `${place === '' ? '' : ` ${place}`}${field === null ? '' : ` at ${field}`}`;
    return [`${level} ${id}${at}`, ...fixes.map(told)].join(' | ');
  });

export const HOUR = 3_600_000;

export const step =
  (name: string): Build =>
  (path) =>
    path.step(name);
export const stay: Build = (path) => path;
export const pivot =
  (name: string): Build =>
  (path) =>
    path.step(name, { undo: 'pivot' });

export function withEdge(graph: Graph, from: string, port: string, to: string): Graph {
  const id = `${from}-${port}-${to}`;
  const free = graph.edges[id] ? `${id}-more` : id;
  return { ...graph, edges: { ...graph.edges, [free]: { id: free, from, port, to } } };
}

export function without(graph: Graph, ...edges: string[]): Graph {
  return { ...graph, edges: Object.fromEntries(Object.entries(graph.edges).filter(([id]) => !edges.includes(id))) };
}

/** The graph with some fields of a node changed; null takes a field away. */
export function changed(graph: Graph, id: string, fields: object): Graph {
  const all = Object.entries({ ...graph.nodes[id], ...fields }).filter(([, value]) => value !== null);
  return { ...graph, nodes: { ...graph.nodes, [id]: Object.fromEntries(all) as GraphNode } };
}

/** The graph with another node, that nothing leads to. */
export function withNode(graph: Graph, id: string, fields: object): Graph {
  const { order } = graph;
  return changed({ ...graph, order: [...order, id] }, id, { id, name: id, position: { x: 0, y: 0 }, ...fields });
}

export const carrier = connectorManifestSchema.parse({
  id: 'carrier',
  name: 'Carrier',
  description: 'Carries parcels.',
  icon: 'truck',
  credential: { title: 'an API key' },
  operations: {
    pick: {
      title: 'Pick up',
      description: 'Takes a parcel.',
      effect: 'keyed',
      request: { method: 'POST', url: 'https://carrier.example/pick' },
      input: {
        type: 'object',
        required: ['weight', 'to', 'size'],
        properties: {
          weight: { type: 'integer', title: 'Weight', default: 1 },
          to: { type: 'string', title: 'To', examples: ['Berlin'] },
          size: { type: 'string', title: 'Size', enum: ['s', 'm'] },
          price: { type: 'number', title: 'Price' },
          fragile: { type: 'boolean', title: 'Fragile' },
          address: { type: 'object', title: 'Address' },
          tags: { type: 'array', title: 'Tags' },
        },
      },
      outputSample: { parcel: { id: 'p-1', weight: 'heavy', stops: [{ city: 'Kiel' }], none: [] }, extra: {} },
      outputVaries: ['extra'],
      undo: { operation: 'drop', name: 'Drop it', input: { parcel: '{{ step.output.parcel.id }}' } },
    },
    drop: {
      title: 'Drop',
      description: 'Gives a parcel back.',
      effect: 'idempotent',
      request: { method: 'POST', url: 'https://carrier.example/drop' },
      input: { type: 'object', required: ['parcel'], properties: { parcel: { type: 'string', title: 'Parcel' } } },
      outputSample: { ok: true },
    },
    track: {
      title: 'Track',
      description: 'Looks where a parcel is.',
      effect: 'read',
      request: { method: 'GET', url: 'https://carrier.example/track' },
      input: { type: 'object', properties: { parcel: { type: 'string', title: 'Parcel' } } },
      outputSample: [{ city: 'Kiel' }],
    },
  },
  triggers: { delivered: { title: 'Delivered', description: 'A parcel has arrived.', eventType: 'parcel.delivered' } },
});
export const known: CompileOptions = { connectors: { carrier } };
export const parcel = { weight: 2, to: 'Berlin', size: 's' };
export const back = {
  kind: 'compensation',
  name: 'Drop',
  connector: 'carrier',
  operation: 'drop',
  input: { parcel: '1' },
};

/** `a` picks a parcel up, and `b` comes after it; fields of `a` and of its input changed. */
export function picking(input: object, fields: object = {}): Graph {
  const graph = changed(workflow().step('a').step('b', { undo: null }).graph(), 'a', {
    connector: 'carrier',
    operation: 'pick',
    effect: null,
    undo: back,
    input: { ...parcel, ...input },
    ...fields,
  });
  const track = { connector: 'carrier', operation: 'track', effect: null };
  return changed(graph, 'b', { ...track, input: { parcel: '{{ steps.a.output.parcel.id }}' }, onFailure: 'fail' });
}

/** What `c` reads, behind what is told. */
export const reading = (before: Build, value: unknown) =>
  before(workflow())
    .step('c', { input: { value: value as string } })
    .graph();

export const schedule = (expression: string, timeZone = 'UTC'): TriggerSource => ({
  kind: 'trigger.schedule',
  schedule: { kind: 'cron', expression, timeZone },
});
export const anyOf = { kind: 'any', losers: 'cancel' } as const;
export const cases = { '{{ trigger.data }}': step('a'), else: step('b') };
export const once = { '{{ trigger.data }}': step('a') };
