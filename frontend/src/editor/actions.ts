/** What a person does in the editor, in one place: keys, buttons, palette and canvas all call these. */
import {
  addStep,
  appendStep,
  connect,
  copySteps,
  disconnect,
  duplicateSteps,
  edgesFrom,
  extractSteps,
  groupSteps,
  holderOf,
  insertOnEdge,
  isContainer,
  isHolder,
  isInnerPort,
  mainPort,
  moveInto,
  moveSteps,
  parseFragment,
  pasteSteps,
  plainPorts,
  reconnect,
  removeSteps,
  renameStep,
  replaceStep,
  setField,
  spliceIntoEdge,
  tidy,
  unwrapSteps,
  wrapSteps,
  connectionIndex,
  nameProblem,
  nodesInside,
  withContent,
  withNodes,
} from '@sagawright/shared/graph';
import type { Edit, Graph, NodeId, Point } from '@sagawright/shared/graph';
import { renameStepReferences, templateReferences } from '@sagawright/shared/expression';
import { operationOf } from '../canvas/index.js';
import type { CanvasEditing, StepRequest } from '../canvas/index.js';
import { newId } from './editor-store.js';
import type { EditorStore } from './editor-store.js';
import { blankStep } from './blank-step.js';
import { itemOf } from './step-items.js';

export interface EditorActions extends Omit<CanvasEditing, 'toolbar'> {
  readonly add: (item: string, request: StepRequest) => void;
  readonly remove: (heal: boolean) => void;
  readonly duplicate: () => void;
  readonly copied: () => string | null;
  readonly paste: (text: string) => void;
  readonly tidy: () => void;
  /** Draws the flow downwards that was drawn to the right, and the other way about. */
  readonly turn: () => void;
  readonly nudge: (x: number, y: number) => void;
  /** Puts the selection into a new container or group, and opens it. */
  readonly wrap: (kind: WrapKind) => void;
  readonly unwrap: () => void;
  /**
   * Makes a sub-workflow of the selection, with a step that calls it in its place.
   *
   * @param create stores the new workflow and answers with its id
   * @returns false when the selection cannot become one; the reason has been told
   */
  readonly extract: (name: string, create: (name: string, graph: Graph) => Promise<string>) => Promise<boolean>;
}

export const WRAP_KINDS = ['scope', 'for-each', 'repeat', 'group'] as const;
export type WrapKind = (typeof WRAP_KINDS)[number];

export interface ActionSurroundings {
  readonly store: EditorStore;
  /** Middle of what is on the screen, in canvas coordinates. */
  readonly centre: () => Point;
  readonly say: (text: string) => void;
  readonly toast: (text: string) => void;
}

export function editorActions({ store, centre, say, toast }: ActionSurroundings): EditorActions {
  const state = () => store.getState();
  const index = indexOf();
  const apply = (edit: Parameters<ReturnType<typeof state>['apply']>[0], select = false) => {
    if (state().apply(edit, { select }) && edit) say(edit.label);
  };

  const add = (key: string, request: StepRequest) => {
    const item = itemOf(key);
    if (!item) return;
    const { graph } = state();
    const node = blankStep(item, newId());
    if (request.kind === 'replace') {
      const fields = Object.keys(operationOf(item.connector ?? '', item.operation ?? '')?.input.properties ?? {});
      const { edit, dropped } = replaceStep(graph, request.node, node, fields);
      apply(edit, true);
      if (dropped.length > 0) toast(`Replaced; left out: ${dropped.join(', ')}`);
    } else if (request.kind === 'after') {
      const edit = appendStep(graph, request.from, request.port, node, newId);
      if (edit) apply(edit, true);
      else apply(addStep(graph, node, centre()), true);
    } else if (request.kind === 'edge') {
      const edit = insertOnEdge(graph, request.edge, node, newId);
      if (edit) apply(edit, true);
      else toast(`${item.title} cannot stand between two steps.`);
    } else {
      const place = request.at ?? centre();
      const home = request.box ?? insideOf(graph, request.from);
      const added = addStep(graph, node, { x: place.x, y: place.y - 32 }, home);
      const line = request.from && connect(added.graph, request.from.node, request.from.port, node.id, newId);
      apply(line ? { ...added, graph: line.graph } : added, true);
    }
    store.setState({ dialog: null, panelOpen: true });
  };

  return {
    add,
    move: (positions, boxes) => {
      const edit = moveAcross(state().graph, positions, boxes);
      const lost = edit ? Object.keys(state().graph.edges).length - Object.keys(edit.graph.edges).length : 0;
      apply(edit);
      if (lost > 0) toast(`${edit?.label ?? ''}; ${lost === 1 ? '1 line' : `${lost} lines`} across the border removed`);
    },
    resize: (box, size) => {
      apply(setField(state().graph, box, ['size'], size));
    },
    connect: (from, port, to) => {
      apply(connect(state().graph, from, port, to, newId));
    },
    reconnect: (edge, ends) => {
      apply(reconnect(state().graph, edge, ends));
    },
    disconnect: (edges) => {
      apply(disconnect(state().graph, edges));
    },
    refusal: (from, port, to, ignore) => index(state().graph).refusal(from, port, to, ignore),
    requestStep: (request) => {
      store.setState({ dialog: { kind: 'search', request } });
    },
    drop: (item, at, edge, box) => {
      add(item, edge === null ? { kind: 'place', at, box } : { kind: 'edge', edge });
    },
    splice: (edge, node) => {
      apply(spliceIntoEdge(state().graph, edge, node, newId));
    },
    rename: (node, name) => {
      const refused = nameProblem(state().graph, node, name);
      if (refused !== null) return refused;
      // Enter commits and so does the blur that follows: the second must not become an entry of history.
      if (state().graph.nodes[node]?.name === name.trim()) return null;
      const renamed = renameStep(state().graph, node, name, renameStepReferences);
      apply(renamed?.edit ?? null);
      if (renamed && renamed.count > 0)
        toast(`Renamed; ${renamed.count} ${renamed.count === 1 ? 'expression follows' : 'expressions follow'}`);
      return null;
    },
    openUndo: (node) => {
      state().select([node]);
      store.setState({ panelOpen: true, jump: { field: 'undo' } });
    },
    remove: (heal) => {
      const { selected, selectedEdge, graph } = state();
      if (selectedEdge !== null) apply(disconnect(graph, [selectedEdge]));
      else if (selected.length > 0) apply(removeSteps(graph, selected, heal, newId), true);
    },
    duplicate: () => {
      const { selected, graph } = state();
      if (selected.length > 0) apply(duplicateSteps(graph, selected, newId, renameStepReferences), true);
    },
    copied: () => {
      const { selected, graph } = state();
      return selected.length > 0 ? JSON.stringify(copySteps(graph, selected)) : null;
    },
    paste: (text) => {
      const fragment = parseFragment(text);
      if (!fragment) {
        toast('What is on the clipboard are no steps.');
        return;
      }
      apply(pasteSteps(state().graph, fragment, centre(), newId, renameStepReferences), true);
    },
    wrap: (kind) => {
      const { graph, selected } = state();
      const item = itemOf(kind);
      const blank = item && blankStep(item, newId());
      if (!blank || !isHolder(blank)) return;
      const put =
        blank.kind === 'group' ? groupSteps(graph, selected, blank) : wrapSteps(graph, selected, blank, newId);
      if (put.ok) apply(put.value, true);
      else toast(put.error.message);
      store.setState({ dialog: null, panelOpen: put.ok });
    },
    unwrap: () => {
      const { graph, selected } = state();
      const taken = unwrapSteps(graph, selected[0] ?? '', newId);
      if (taken.ok) apply(taken.value, true);
      else toast(taken.error.message);
    },
    extract: async (name, create) => {
      const { graph, selected } = state();
      const take = (workflow: string) => {
        const item = itemOf('call');
        const blank = item && blankStep(item, newId());
        if (blank?.kind !== 'call') throw new Error('There is no step that calls a workflow.');
        return extractSteps(graph, selected, { ...blank, name, workflow }, newId, templateReferences);
      };
      const tried = take('new');
      if (!tried.ok) {
        toast(tried.error.message);
        return false;
      }
      const made = take(await create(name, tried.value.extracted));
      if (made.ok) apply(made.value.edit, true);
      return made.ok;
    },
    tidy: () => {
      apply(tidy(state().graph));
    },
    turn: () => {
      const { graph } = state();
      const direction = graph.settings.direction === 'lr' ? 'tb' : 'lr';
      const { graph: turned } = tidy({ ...graph, settings: { ...graph.settings, direction } });
      apply({ graph: turned, label: direction === 'tb' ? 'Drawn downwards' : 'Drawn to the right', focus: [] });
    },
    nudge: (x, y) => {
      const { selected, graph } = state();
      const positions = selected.flatMap((id) => {
        const node = graph.nodes[id];
        return node ? [[id, { x: node.position.x + x, y: node.position.y + y }] as const] : [];
      });
      if (positions.length === 0) return;
      apply({ ...moveSteps(graph, Object.fromEntries(positions)), coalesce: `nudge:${selected.join()}` });
    },
  };
}

/** A line drawn into the void: its step comes to lie beside the one it was drawn from, or inside it. */
function insideOf(
  graph: Graph,
  from: { readonly node: NodeId; readonly port: string } | undefined,
): NodeId | undefined {
  const source = from && graph.nodes[from.node];
  if (!source) return undefined;
  return isInnerPort(source, from.port) ? source.id : holderOf(graph, source.id)?.id;
}

/** Places, and the boxes that some of the steps lie in from now on, as one edit. */
function moveAcross(
  graph: Graph,
  positions: Readonly<Record<NodeId, Point>>,
  boxes: Readonly<Record<NodeId, NodeId | null>>,
): Edit | null {
  const changing = Object.entries(boxes);
  const staying = Object.fromEntries(Object.entries(positions).filter(([id]) => !(id in boxes)));
  const moved = moveSteps(graph, staying);
  if (changing.length === 0) return moved;
  // First to their places, as they are: the box that a step leaves must not grow after it.
  const placed = changing.reduce((now, [id]) => atPlace(now, id, positions[id]), moved.graph);
  let now = placed;
  let label = moved.label;
  for (const [id, box] of changing) {
    const edit = moveInto(now, [id], box);
    // What may not go there (a trigger) is only moved.
    now = edit?.graph ?? now;
    label = edit?.label ?? label;
  }
  return {
    graph: now,
    label: changing.length === 1 ? label : `${changing.length} steps moved`,
    focus: Object.keys(positions),
  };
}

function atPlace(graph: Graph, id: NodeId, at: Point | undefined): Graph {
  const node = graph.nodes[id];
  if (!node || !at) return graph;
  const by = { x: at.x - node.position.x, y: at.y - node.position.y };
  const content = [...withContent(graph, [id])].flatMap((each) => graph.nodes[each] ?? []);
  return withNodes(
    graph,
    content.map((each) => ({ ...each, position: { x: each.position.x + by.x, y: each.position.y + by.y } })),
  );
}

/**
 * The port that a step appended without a word comes behind: the first that leads nowhere yet, else the first; of a
 * container in which nothing lies yet, where its body begins.
 */
export function appendPort(graph: Graph, id: NodeId): string | null {
  const node = graph.nodes[id];
  if (!node) return null;
  if (isContainer(node) && nodesInside(graph, id).length === 0) return 'body';
  return plainPorts(node).find((port) => edgesFrom(graph, id, port).length === 0) ?? mainPort(node);
}

/** Keeps the index of the latest graph: pointer moves ask it many times a second. */
function indexOf() {
  let graph: Graph | null = null;
  let index: ReturnType<typeof connectionIndex> | null = null;
  return (now: Graph) => {
    if (graph !== now || index === null) {
      graph = now;
      index = connectionIndex(now);
    }
    return index;
  };
}
