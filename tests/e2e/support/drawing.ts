/** The editor as a person's hands meet it: cards, lines and ports by their place on the screen, and the saved document. */
import type { Graph, GraphNode } from '@sagawright/shared/graph';
import type { Locator, Page } from 'playwright-core';

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export class Drawing {
  constructor(
    readonly page: Page,
    readonly id: string,
  ) {}

  /** Makes a workflow through the REST interface and opens it in the editor. */
  static async make(page: Page, body: { name: string; template?: string; graph?: Graph }): Promise<Drawing> {
    const id = await page.evaluate(async (json) => {
      const me = (await (await fetch('/api/v1/auth/me')).json()) as { csrfToken: string };
      const answer = await fetch('/api/v1/workflows', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf-token': me.csrfToken },
        body: json,
      });
      if (!answer.ok) throw new Error(await answer.text());
      return ((await answer.json()) as { id: string }).id;
    }, JSON.stringify(body));
    const drawing = new Drawing(page, id);
    await drawing.open();
    return drawing;
  }

  async open(): Promise<void> {
    await this.page.goto(`${new URL(this.page.url()).origin}/workflows/${this.id}`);
    await this.page.locator('[data-canvas-ready]').waitFor();
  }

  card(id: string): Locator {
    return this.page.getByTestId(`rf__node-${id}`);
  }

  line(id: string): Locator {
    return this.page.getByTestId(`rf__edge-${id}`);
  }

  port(step: string, port: string): Locator {
    return this.page.locator(`[data-nodeid="${step}"][data-handleid="${port}"]`);
  }

  async middle(of: Locator): Promise<Spot> {
    await of.scrollIntoViewIfNeeded();
    const box = await of.boundingBox();
    if (!box) throw new Error('It is not on the screen.');
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  /** Half way along a line, in screen pixels. */
  async middleOfLine(id: string): Promise<Spot> {
    await this.line(id).waitFor({ state: 'attached' });
    return this.page.evaluate<Spot>(`(() => {
      const path = document.querySelector('[data-testid="rf__edge-${id}"] path.react-flow__edge-path');
      const point = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());
      return { x: point.x, y: point.y };
    })()`);
  }

  /** Presses, moves in small steps, shakes a little as hands do, and stays pressed. */
  async pull(from: Spot, to: Spot): Promise<void> {
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move(to.x, to.y, { steps: 10 });
    await this.page.mouse.move(to.x + 1, to.y + 1);
  }

  async drag(from: Spot, to: Spot): Promise<void> {
    await this.pull(from, to);
    await this.page.mouse.up();
  }

  /** The document as the server has it, once everything is saved. */
  async saved(): Promise<Graph> {
    await this.page.locator('[data-save-status="saved"]').waitFor({ state: 'attached' });
    return this.page.evaluate(async (id) => {
      const answer = await fetch(`/api/v1/workflows/${id}`);
      return ((await answer.json()) as { draft: { graph: Graph } }).draft.graph;
    }, this.id);
  }

  async revision(): Promise<number> {
    return Number(await this.page.locator('[data-saved-revision]').getAttribute('data-saved-revision'));
  }

  /** Lets go of everything, so that keys mean the canvas. */
  async letGo(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.keyboard.press('Escape');
  }
}

export function named(graph: Graph, name: string): GraphNode {
  const node = Object.values(graph.nodes).find((each) => each.name === name);
  if (!node) throw new Error(`No step is called ${name}.`);
  return node;
}

/** `Order received > Reserve stock`, sorted. */
export function flow(graph: Graph): string[] {
  const name = (id: string) => graph.nodes[id]?.name ?? id;
  return Object.values(graph.edges)
    .map((edge) => `${name(edge.from)} > ${name(edge.to)}`)
    .sort();
}
