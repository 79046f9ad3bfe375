/**
 * The second view of a drawing (E35): its steps as a tree in reading order, a way of a branch or fork one level deeper.
 * Selecting a row selects the step on the canvas; the keys are those of a tree (APG).
 */
import { edgesFrom, holderOf, innerPorts, outputPorts, portLabel } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';
import { TriangleAlert, Undo2 } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { iconOf, isHandled, readingOrder, StepIcon, subtitleOf } from '../canvas/index.js';
import { useEditor, useEditorStore } from './editor-store.js';

export interface OutlineRow {
  readonly id: NodeId;
  /** 1 at the left. */
  readonly level: number;
  /** The way that leads here, where its step has several: `1 below 100.00`. */
  readonly way: string;
}

/**
 * Rows of the tree. A step where ways meet again goes back to the level on which they parted; what lies in a container is
 * one level deeper than the container.
 */
export function outlineRows(graph: Graph): OutlineRow[] {
  const levels = new Map<NodeId, number>();
  const ways = new Map<NodeId, string>();
  return readingOrder(graph).flatMap((id) => {
    const node = graph.nodes[id];
    if (!node) return [];
    const outermost = (levels.get(holderOf(graph, id)?.id ?? '') ?? 0) + 1;
    const level = levels.get(id) ?? outermost;
    levels.set(id, level);
    for (const port of innerPorts(node)) {
      for (const line of edgesFrom(graph, id, port)) {
        levels.set(line.to, level + 1);
        if (port === 'handler') ways.set(line.to, portLabel(node, port));
      }
    }
    const lines = outputPorts(node).flatMap((port) => edgesFrom(graph, id, port));
    const parts = new Set(lines.map((line) => line.to)).size > 1;
    for (const line of lines) {
      const deeper = level + (parts ? 1 : 0);
      const known = levels.get(line.to);
      // Reached a second time: the ways meet here, one level further out.
      levels.set(line.to, known === undefined ? deeper : Math.max(outermost, Math.min(known, deeper) - 1));
      ways.set(line.to, known === undefined && parts ? portLabel(node, line.port) : '');
    }
    return [{ id, level, way: ways.get(id) ?? '' }];
  });
}

export function Outline({ onPick }: { readonly onPick: (id: NodeId) => void }): ReactElement {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
  const selected = useEditor((state) => state.selected);
  const diagnostics = useEditor((state) => state.diagnostics);
  const rows = useMemo(() => outlineRows(graph), [graph]);
  const tree = useRef<HTMLUListElement>(null);
  const current = rows.find((row) => row.id === selected[0])?.id ?? rows[0]?.id;

  const go = (to: OutlineRow | undefined) => {
    if (!to) return;
    store.getState().select([to.id]);
    tree.current?.querySelector<HTMLElement>(`[data-step="${to.id}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = rows.findIndex((row) => row.id === current);
    const level = rows[at]?.level ?? 1;
    const targets: Readonly<Record<string, () => OutlineRow | undefined>> = {
      ArrowDown: () => rows[at + 1],
      ArrowUp: () => rows[at - 1],
      ArrowRight: () => rows.slice(at + 1, at + 2).find((row) => row.level > level),
      ArrowLeft: () => rows.slice(0, Math.max(0, at)).findLast((row) => row.level < level),
      Home: () => rows[0],
      End: () => rows[rows.length - 1],
    };
    const target = targets[event.key];
    if (target) {
      event.preventDefault();
      event.stopPropagation();
      go(target());
    } else if ((event.key === 'Enter' || event.key === ' ') && current !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      onPick(current);
    }
  };

  return (
    <ul ref={tree} role="tree" aria-label="Outline" className="h-full overflow-y-auto p-2" onKeyDown={onKeyDown}>
      {rows.map(({ id, level, way }) => {
        const node = graph.nodes[id];
        if (!node) return null;
        const problems = diagnostics.filter((each) => each.node === id && each.level !== 'hint');
        const undo = 'undo' in node && node.undo?.kind === 'compensation' ? node.undo.name : null;
        const chosen = selected.includes(id);
        return (
          <li
            key={id}
            role="treeitem"
            aria-level={level}
            aria-selected={chosen}
            tabIndex={id === current ? 0 : -1}
            data-step={id}
            style={{ paddingLeft: 8 + (level - 1) * 20 }}
            className={`flex min-h-11 cursor-pointer items-center gap-2.5 rounded-input py-1 pr-2 -outline-offset-2 ${chosen ? 'bg-accent-tint' : 'hover:bg-hover'}`}
            onClick={() => {
              onPick(id);
            }}
          >
            <span className="grid size-7 shrink-0 place-items-center rounded-input bg-idle-tint">
              <StepIcon icon={iconOf(node)} size={15} />
            </span>
            <span className="min-w-0 flex-1">
              <span className="block truncate text-13 font-medium">
                {way !== '' && <span className="font-normal text-muted">{way}: </span>}
                {node.kind === 'note' ? node.text || 'Note' : node.name}
              </span>
              <span className="block truncate text-12 text-muted">{subtitleOf(node, isHandled(graph, node.id))}</span>
            </span>
            {undo !== null && (
              <span className="flex shrink-0 items-center gap-1 text-12 text-undo-text">
                <Undo2 size={13} aria-label="undone by" /> {undo}
              </span>
            )}
            {problems.length > 0 && (
              <span
                className={`flex shrink-0 items-center gap-1 text-12 ${problems.some((each) => each.level === 'error') ? 'text-failed-text' : 'text-waiting-text'}`}
              >
                <TriangleAlert size={13} aria-label="Problems" /> {problems.length}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
