/** The mounted canvas as the editor's commands see it: its view, its frame, and the commands that keys perform. */
import type { Graph, NodeId, Point } from '@sagawright/shared/graph';
import { reveal } from '../canvas/index.js';
import type { CanvasView, Insets } from '../canvas/index.js';
import type { ShortcutId } from './shortcuts.js';

export class Stage {
  #view: CanvasView | null = null;
  #frame: HTMLElement | null = null;
  #commands: Readonly<Partial<Record<ShortcutId, () => void>>> = {};

  get view(): CanvasView | null {
    return this.#view;
  }

  readonly attach = (view: CanvasView): void => {
    this.#view = view;
  };

  readonly mount = (frame: HTMLElement | null): void => {
    this.#frame = frame;
  };

  bind(commands: Readonly<Partial<Record<ShortcutId, () => void>>>): void {
    this.#commands = commands;
  }

  readonly perform = (id: ShortcutId): void => {
    this.#commands[id]?.();
  };

  /** Where a card comes to stand in the middle of the screen. */
  centre(): Point {
    const box = this.#frame?.getBoundingClientRect();
    if (!box || !this.#view) return { x: 0, y: 0 };
    const middle = this.#view.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
    return { x: middle.x - 120, y: middle.y };
  }

  /** @param covered what lies over the canvas, in screen pixels */
  reveal(graph: Graph, id: NodeId, covered: Partial<Insets> = {}): void {
    if (this.#view) reveal(this.#view, graph, id, this.#frame, covered);
  }

  focus(id: NodeId): void {
    this.#frame?.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"]`)?.focus();
  }
}
