/**
 * A selection becomes a workflow of its own, and a step that calls it takes its place.
 *
 * 1. What the selection reads from outside becomes the call's input: each place once (`steps.charge.output`, `vars.total`,
 *    `item`), under a name of its own; inside, the same place is read from the call (`trigger.data.charge`).
 * 2. What later steps read from the selection becomes the output of the new workflow's end; those steps read it from the call.
 * 3. Refused when the meaning would change: other ways in and out than one, answers to the caller, pivots, save-points and
 *    variables of outside, and expressions whose places cannot be told from their text.
 *
 * Left out: values that are computed from whole scopes (`$$`, `steps` as a whole), which are refused, not guessed.
 */
import { containerOf, holdersOf } from '../containers.js';
import { getIn, setIn } from '../field.js';
import type { FieldPath } from '../field.js';
import { nodeSchema } from '../graph.js';
import type { Graph, GraphEdge, GraphNode, NodeId, NodeOf } from '../graph.js';
import { isDecoration } from '../ports.js';
import { stepKey } from '../step-key.js';
import { templateFields } from '../templates.js';
import type { TemplateField } from '../templates.js';
import { ok } from '../../kernel/index.js';
import type { Json, JsonObject, Result } from '../../kernel/index.js';
import type { Edit, NewId } from './edit.js';
import { edgesFrom, emptyGraph, freeName, withEdges, withNodes } from './edit.js';
import { COLUMN, COLUMN_GAP, footprint } from './geometry.js';
import { boxAround, inHolder, shift } from './hold.js';
import { pathsStopping, readRegion, refused, splits, standIn } from './region.js';
import type { EditRefusal, Region } from './region.js';

/** Every place that a template reads; the expression room's `templateReferences`. */
export type ReadReferences = (template: Json) => readonly PlaceRead[];

export interface PlaceRead {
  readonly root: string;
  /** The name below the root; null when the root is read as a whole. */
  readonly key: string | null;
  readonly path: readonly string[];
  /** Which text of the template, and where in it. */
  readonly field: FieldPath;
  readonly start: number;
  readonly end: number;
}

export interface Extraction {
  /** The graph with the call in place of the selection. */
  readonly edit: Edit;
  /** The new workflow's graph. */
  readonly extracted: Graph;
}

/**
 * @param call the step that takes the selection's place, with a fresh id and the new workflow's id; its input is written here
 * @param read finds the places that a template reads
 */
export function extractSteps(
  graph: Graph,
  ids: readonly NodeId[],
  call: NodeOf<'call'>,
  newId: NewId,
  read: ReadReferences,
): Result<Extraction, EditRefusal> {
  const region = readRegion(graph, ids);
  if (!region.ok) return region;
  const selection = region.value;
  const unfit = cannotMove(graph, selection);
  if (unfit) return { ok: false, error: unfit };

  const name = freeName(graph, call.name);
  const inputs = new Places();
  const moved = rewriteNodes(graph, selection.all, read, (place, node, field) => {
    if (!isOutside(graph, selection, place, node, field)) return null;
    return (text) => `trigger.data.${inputs.take(place, text)}`;
  });
  if (!moved.ok) return moved;
  const outputs = new Places();
  const keys = new Set(visibleKeys(graph, selection));
  const outside = new Set(graph.order.filter((id) => !selection.all.has(id)));
  const readers = rewriteNodes(graph, outside, read, (place) => {
    if (place.root !== 'steps' || place.key === null || !keys.has(place.key)) return null;
    return (text) => `steps.${stepKey(name)}.output.${outputs.take(place, text)}`;
  });
  if (!readers.ok) return readers;
  if (outputs.size > 0 && selection.exits.length === 0) {
    const message =
      'Steps that do not follow the selection read from it; connect them behind it, or select them as well.';
    return refused('extract.read-beside', message);
  }

  const corner = boxAround(selection.top) ?? { left: 0, top: 0 };
  const placed = inHolder(
    { ...call, name, input: inputs.templates(), position: { x: corner.left, y: corner.top } },
    selection.parent,
  );
  const rewired = standIn(withNodes(graph, [placed, ...readers.value]), selection, call.id, newId);
  const edited: Graph = {
    ...rewired,
    nodes: without(rewired.nodes, (id) => selection.all.has(id)),
    edges: without(rewired.edges, (_, edge) => selection.all.has(edge.from)),
    order: rewired.order.filter((id) => !selection.all.has(id)),
  };
  return ok({
    edit: { graph: edited, label: `${selection.top.length} steps made a workflow`, focus: [call.id] },
    extracted: asWorkflow(graph, selection, moved.value, outputs.templates(), newId),
  });
}

function cannotMove(graph: Graph, { all }: Region): EditRefusal | null {
  for (const id of all) {
    const node = graph.nodes[id];
    if (!node) continue;
    if (node.kind === 'respond') {
      const message = `“${node.name}” answers the caller of this workflow, which another cannot do; take it out of the selection.`;
      return { code: 'extract.respond', message };
    }
    if ('undo' in node && node.undo?.kind === 'pivot') {
      const message = `“${node.name}” is a pivot, and would be one of the new workflow only; take it out of the selection.`;
      return { code: 'extract.pivot', message };
    }
    if (node.kind === 'scope' && node.savePoint && !insideScope(graph, id, all)) {
      const message = `“${node.name}” is a save-point for steps outside of the selection; take it out.`;
      return { code: 'extract.save-point', message };
    }
    if (templateFields(node).some((field) => WHOLE_SCOPE.test(JSON.stringify(field.value)))) return wholeScope(node);
    if (node.kind !== 'transform') continue;
    const outer = Object.keys(node.assign ?? {}).find((variable) => !declaredInside(graph, id, variable, all));
    if (outer !== undefined) {
      const message = `“${node.name}” writes the variable “${outer}”, which lies outside of the selection; take it out.`;
      return { code: 'extract.assigns', message };
    }
  }
  return null;
}

const WHOLE_SCOPE = /\$\$(?!\s*\.)/;

function wholeScope(node: GraphNode): EditRefusal {
  const message = `“${node.name}” reads a whole scope, so that its sources cannot be told; name the values one by one.`;
  return { code: 'extract.expression', message };
}

function insideScope(graph: Graph, id: NodeId, all: ReadonlySet<NodeId>): boolean {
  const around = containerOf(graph, id);
  return around !== null && all.has(around.id);
}

function declaredInside(graph: Graph, id: NodeId, variable: string, all: ReadonlySet<NodeId>): boolean {
  return holdersOf(graph, id).some(
    (holder) => all.has(holder.id) && holder.kind === 'scope' && Object.hasOwn(holder.variables ?? {}, variable),
  );
}

/** Whether a place that a selected node reads lies outside of the selection. */
function isOutside(
  graph: Graph,
  { all }: Region,
  { root, key }: PlaceRead,
  node: GraphNode,
  field: TemplateField,
): boolean {
  const around = [...(field.view === 'body' ? [node] : []), ...holdersOf(graph, node.id)].filter(({ id }) =>
    all.has(id),
  );
  switch (root) {
    case 'trigger':
    case 'run':
      return true;
    case 'steps':
      return key === null || ![...all].some((id) => stepKey(graph.nodes[id]?.name ?? '') === key);
    case 'vars':
      return key === null || !declaredInside(graph, node.id, key, all);
    case 'item':
      return !around.some((each) => each.kind === 'for-each');
    case 'index':
      return !around.some((each) => each.kind === 'for-each' || each.kind === 'repeat');
    case 'previous':
      return !around.some((each) => each.kind === 'repeat');
    case 'error':
      return !around.some((each) => each.kind === 'scope' && handles(graph, each.id, node.id));
    default:
      return false;
  }
}

/** Whether a node lies in what a scope does on a failure inside. */
function handles(graph: Graph, scope: NodeId, id: NodeId): boolean {
  const reached = new Set(edgesFrom(graph, scope, 'handler').map((edge) => edge.to));
  for (const each of reached) for (const edge of edgesFrom(graph, each)) reached.add(edge.to);
  return reached.has(id) || holdersOf(graph, id).some((holder) => reached.has(holder.id));
}

/** Keys of the selected steps that can be read from behind them: those in loops cannot. */
function visibleKeys(graph: Graph, { all }: Region): string[] {
  return [...all].flatMap((id) => {
    const node = graph.nodes[id];
    const inLoop = holdersOf(graph, id).some(
      (holder) => all.has(holder.id) && (holder.kind === 'for-each' || holder.kind === 'repeat'),
    );
    return node && !inLoop && !isDecoration(node.kind) ? [stepKey(node.name)] : [];
  });
}

/** Places that pass between the two workflows, each under one name. */
class Places {
  private readonly names = new Map<string, { readonly name: string; readonly text: string }>();

  get size(): number {
    return this.names.size;
  }

  /** @param text the place as it is written */
  take(place: PlaceRead, text: string): string {
    const words = passedWords(place);
    const id = JSON.stringify(words);
    const known = this.names.get(id);
    if (known) return known.name;
    const taken = new Set([...this.names.values()].map((each) => each.name));
    const short = place.root === 'steps' && words[2] === 'output' ? words.slice(1, 2) : shortWords(words);
    const base = stepKey(short.join(' '));
    const plain = RESERVED.has(base) ? `${base}Value` : base;
    let name = plain;
    for (let count = 2; taken.has(name); count += 1) name = `${plain}${count}`;
    this.names.set(id, { name, text });
    return name;
  }

  templates(): JsonObject {
    return Object.fromEntries([...this.names.values()].map(({ name, text }) => [name, `{{ ${text} }}`]));
  }
}

const RESERVED: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** How far down a place is passed on as a whole: a step's output, the event's data, a variable. */
function passedWords({ root, key, path }: PlaceRead): string[] {
  const depth = root === 'steps' ? 2 : root === 'trigger' || root === 'vars' || root === 'run' ? 1 : 0;
  return [root, ...(key === null ? [] : [key, ...path]).slice(0, depth)];
}

function shortWords(words: readonly string[]): readonly string[] {
  return words[0] === 'steps' || (words[0] === 'vars' && words.length > 1) ? words.slice(1) : words;
}

type Rename = (place: PlaceRead, node: GraphNode, field: TemplateField) => ((text: string) => string) | null;

/** The nodes among `ids` whose templates read renamed places, rewritten. */
function rewriteNodes(
  graph: Graph,
  ids: ReadonlySet<NodeId>,
  read: ReadReferences,
  rename: Rename,
): Result<GraphNode[], EditRefusal> {
  const changed: GraphNode[] = [];
  for (const id of graph.order) {
    const node = graph.nodes[id];
    if (!node || !ids.has(id)) continue;
    let now = node;
    for (const field of templateFields(node)) {
      const value = rewriteTemplate(field.value, read, (place) => rename(place, node, field));
      if (value === null) return { ok: false, error: wholeScope(node) };
      now = field.put(now, value);
    }
    if (now !== node) changed.push(now);
  }
  return ok(changed);
}

/** @returns null when a place cannot be renamed by its text */
function rewriteTemplate(
  template: Json,
  read: ReadReferences,
  rename: (place: PlaceRead) => ((text: string) => string) | null,
): Json | null {
  const byText = new Map<string, { readonly field: FieldPath; readonly cuts: Map<number, [number, string]> }>();
  for (const place of read(template)) {
    const change = rename(place);
    if (change === null) continue;
    const text = String(place.field.length === 0 ? template : getIn(template, place.field));
    const written = writtenPlace(text.slice(place.start), passedWords(place).length);
    if (written === null || (place.root === 'steps' && place.key === null)) return null;
    const entry = byText.get(place.field.join('\n')) ?? {
      field: place.field,
      cuts: new Map<number, [number, string]>(),
    };
    entry.cuts.set(place.start, [place.start + written.length, change(written)]);
    byText.set(place.field.join('\n'), entry);
  }
  let result: Json = template;
  for (const { field, cuts } of byText.values()) {
    let text = String(field.length === 0 ? result : getIn(result, field));
    for (const [start, [end, put]] of [...cuts].sort(([a], [b]) => b - a))
      text = text.slice(0, start) + put + text.slice(end);
    result = field.length === 0 ? text : (setIn(result, field, text) as Json);
  }
  return result;
}

const NAME = '(?:`[^`]*`|"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|[\\p{L}_][\\p{L}\\p{N}_]*)';

/** The first names of a place as they stand in a text; null when something else stands between them. */
function writtenPlace(text: string, names: number): string | null {
  const match = new RegExp(`^${NAME}(?:\\s*\\.\\s*${NAME}){${names - 1}}`, 'u').exec(text);
  return match?.[0] ?? null;
}

/** The selection as a workflow: called, done, and ended with what is read from it. */
function asWorkflow(
  graph: Graph,
  region: Region,
  rewritten: readonly GraphNode[],
  output: JsonObject,
  newId: NewId,
): Graph {
  const { all, top, starts } = region;
  const changed = new Map(rewritten.map((node) => [node.id, node]));
  const outermost = new Set(top.map((node) => node.id));
  const nodes = graph.order.flatMap((id): GraphNode[] => {
    const node = changed.get(id) ?? graph.nodes[id];
    if (!node || !all.has(id)) return [];
    return [outermost.has(id) ? inHolder(node, undefined) : node];
  });
  const { direction, strict } = graph.settings;
  const bare: Graph = { ...emptyGraph(), settings: { direction, strict, variables: {} } };
  const body = withEdges(
    withNodes(bare, nodes),
    Object.values(graph.edges).filter((edge) => all.has(edge.from) && all.has(edge.to)),
  );
  const box = boxAround(top) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const across = direction === 'lr';
  const first = across ? { x: COLUMN, y: 0 } : { x: 0, y: 64 + COLUMN_GAP };
  const moved = shift(body, outermost, { x: first.x - box.left, y: first.y - box.top });
  const trigger = nodeSchema.parse({
    id: newId(),
    kind: 'trigger.called',
    name: freeName(moved, 'Called'),
    position: { x: 0, y: 0 },
  });
  const begun = withEdges(
    withNodes(moved, [trigger]),
    starts.map((to) => ({ id: newId(), from: trigger.id, port: 'out', to })),
  );
  const after = across
    ? { x: first.x + box.right - box.left + COLUMN_GAP, y: 0 }
    : { x: 0, y: first.y + box.bottom - box.top + COLUMN_GAP };
  return region.exits.length === 0 ? begun : ended(graph, begun, region, output, after, newId);
}

/** Leads every open way to an end; ways that are under way together are joined before, as they were outside. */
function ended(
  graph: Graph,
  body: Graph,
  { starts, targets }: Region,
  output: JsonObject,
  at: { x: number; y: number },
  newId: NewId,
): Graph {
  const steps = Object.values(body.nodes).filter(
    (node) => !isDecoration(node.kind) && containerOf(body, node.id) === null,
  );
  const open = pathsStopping(body, starts, steps).filter((stop) => stop.port !== null);
  const together =
    open.length > 1 && splits(body, starts, steps) && targets.some((id) => graph.nodes[id]?.kind === 'join');
  const join = nodeSchema.parse({
    id: newId(),
    kind: 'join',
    name: freeName(body, 'Join'),
    mode: { kind: 'all' },
    position: at,
  });
  const joined = together ? withNodes(body, [join]) : body;
  const end = nodeSchema.parse({
    id: newId(),
    kind: 'end',
    name: freeName(joined, 'End'),
    position: together ? { x: at.x + footprint(join).width + COLUMN_GAP, y: at.y } : at,
    ...(Object.keys(output).length === 0 ? {} : { output }),
  });
  const into = together ? join.id : end.id;
  const lines: GraphEdge[] = open.map(({ node, port }) => ({ id: newId(), from: node, port: port ?? 'out', to: into }));
  if (together) lines.push({ id: newId(), from: join.id, port: 'out', to: end.id });
  return withEdges(withNodes(joined, [end]), lines);
}

function without<T>(record: Readonly<Record<string, T>>, gone: (id: string, value: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([id, value]) => !gone(id, value)));
}
