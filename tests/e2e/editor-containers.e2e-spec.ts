/** Containers, waits, people, data, direction and fixes in the editor, on the running product: asserted on the saved document. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Graph, GraphNode } from '@sagawright/shared/graph';
import type { Browser, Page } from 'playwright-core';
import { type Visit, launchBrowser, visit } from './support/browser.js';
import { Drawing, flow, named } from './support/drawing.js';
import { type Product, startProduct } from './support/product.js';

jest.setTimeout(120_000);

let product: Product;
let browser: Browser;
let visitor: Visit;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  product = await startProduct({ redis: true });
  visitor = await visit(browser);
  page = visitor.page;
  page.setDefaultTimeout(10_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(product.signInLink);
  await page.getByRole('button', { name: 'Open Order saga' }).waitFor();
}, 180_000);
afterAll(async () => {
  const gone = await Promise.allSettled([browser?.close(), product?.dispose()]);
  for (const each of gone) if (each.status === 'rejected') throw each.reason;
});

const saga = (name: string) => Drawing.make(page, { name, template: 'order-saga' });
const only = (graph: Graph, kind: GraphNode['kind']): GraphNode => {
  const found = Object.values(graph.nodes).filter((node) => node.kind === kind);
  if (found.length !== 1 || !found[0]) throw new Error(`There are ${found.length} steps of kind ${kind}.`);
  return found[0];
};
const pick = async (query: string) => {
  await page.locator('[role=combobox]:focus').waitFor();
  await page.keyboard.type(query);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
};

describe('containers (E38)', () => {
  it('puts two steps into a scope by the menu, and lets them out again by the key', async () => {
    const drawing = await saga('Wrap');
    const before = flow(await drawing.saved());
    await drawing.card('reserve-stock').click();
    await drawing.card('charge-card').click({ modifiers: ['Control'] });
    await drawing.card('charge-card').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Put into a scope' }).click();
    const graph = await drawing.saved();
    expect(graph.nodes['charge-card']?.parent).toBe(only(graph, 'scope').id);
    expect(flow(graph)).toEqual(
      [
        'Order received > Scope',
        'Reserve stock > Charge card',
        'Scope > Reserve stock',
        'Scope > Ship parcel',
        'Ship parcel > Order shipped',
      ].sort(),
    );
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+g');
    expect(flow(await drawing.saved())).toEqual(before);
  });

  it('takes a step of the palette that is dropped into a container', async () => {
    const drawing = await Drawing.make(page, { name: 'Drop in' });
    await page.getByRole('button', { name: 'Scope', exact: true }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    const scope = only(await drawing.saved(), 'scope');
    const middle = await drawing.middle(drawing.card(scope.id));
    await drawing.drag(await drawing.middle(page.getByRole('button', { name: 'Delay' })), {
      x: middle.x,
      y: middle.y + 40,
    });
    expect(named(await drawing.saved(), 'Delay').parent).toBe(scope.id);
  });

  it('begins the body of a container by its plus, and walks into it by the arrow keys (E91)', async () => {
    const drawing = await Drawing.make(page, { name: 'Body' });
    await page.getByRole('button', { name: 'Manual or API' }).first().click();
    await page.getByRole('button', { name: 'For each', exact: true }).click();
    await page.getByRole('button', { name: 'Add a step in For each' }).click();
    await pick('Transform');
    const graph = await drawing.saved();
    expect(flow(graph)).toEqual(['For each > Transform', 'Start > For each']);
    expect(named(graph, 'Transform').parent).toBe(only(graph, 'for-each').id);
    await drawing.letGo();
    await page.keyboard.press('Home');
    for (const name of ['For each', 'Transform']) {
      await page.keyboard.press('ArrowRight');
      expect(await page.evaluate<string>("document.activeElement?.getAttribute('aria-label')")).toMatch(
        new RegExp(`^${name},`),
      );
    }
  });

  it('lets a step be dragged out, and brings it back by one undo (E22)', async () => {
    const drawing = await saga('Drag out');
    await drawing.card('charge-card').click();
    await page.keyboard.press('w');
    await pick('Repeat');
    await drawing.letGo();
    const before = await drawing.saved();
    const from = await drawing.middle(drawing.card('charge-card').locator('.step-title'));
    const box = await drawing.card(only(before, 'repeat').id).boundingBox();
    await drawing.drag(from, { x: from.x, y: (box?.y ?? 0) + (box?.height ?? 0) + 120 });
    expect((await drawing.saved()).nodes['charge-card']?.parent).toBeUndefined();
    await page.keyboard.press('Control+z');
    expect(await drawing.saved()).toEqual(before);
  });
});

describe('panels made from the schema (E57)', () => {
  it('sets an awaited event with its correlation and a timeout in days', async () => {
    const drawing = await Drawing.make(page, { name: 'Wait' });
    await page.getByRole('button', { name: 'Wait for an event' }).click();
    await page.getByLabel('Event type').fill('payment.received');
    await page.getByRole('switch', { name: 'Belongs to this run by' }).click();
    await page.getByLabel('Value in the event').fill('data.orderId');
    await page.getByLabel('Timeout', { exact: true }).fill('2');
    await page.getByRole('combobox', { name: 'Unit of Timeout' }).click();
    await page.getByRole('option', { name: 'days' }).click();
    expect(named(await drawing.saved(), 'Wait for an event')).toMatchObject({
      event: { type: 'payment.received', correlation: { path: 'data.orderId' } },
      timeoutMs: 172_800_000,
    });
  });

  it('adds an outcome to an approval, which is a way on', async () => {
    const drawing = await Drawing.make(page, { name: 'Approval' });
    await page.getByRole('button', { name: 'Approval' }).click();
    await page.getByRole('button', { name: 'Add an outcome' }).click();
    await page.getByRole('group', { name: 'Outcome 3' }).getByLabel('Label').fill('Ask again');
    const task = named(await drawing.saved(), 'Approval');
    expect(task).toMatchObject({
      task: { outcomes: [{ label: 'Approve' }, { label: 'Reject' }, { label: 'Ask again' }] },
    });
    await page.getByRole('button', { name: 'Add a step after Approval, Ask again' }).waitFor();
  });

  it('reads a schedule in plain words, on the card and in the panel (E67)', async () => {
    const drawing = await Drawing.make(page, { name: 'Schedule' });
    await page.getByRole('button', { name: 'Schedule' }).first().click();
    await page.getByLabel('Cron expression').fill('*/15 * * * *');
    await page.getByText('Every 15 minutes').first().waitFor();
    expect(named(await drawing.saved(), 'Schedule')).toMatchObject({
      schedule: { kind: 'cron', expression: '*/15 * * * *' },
    });
  });
});

describe('data of earlier steps (E59, E60)', () => {
  const field = () => page.getByRole('textbox', { name: 'Reservation' });

  it('is picked from a tree by typing and arrows, goes into the field, and is shown as what it comes to', async () => {
    const drawing = await saga('Pick data');
    await drawing.card('ship-parcel').click();
    await field().waitFor();
    const preview = page.locator('[data-preview]').nth(1);
    expect(await preview.innerText()).toContain('res_1');
    await field().press('Control+Shift+Space');
    await page.getByRole('tree', { name: 'Data' }).waitFor();
    await page.keyboard.type('chargeId');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('tree', { name: 'Data' }).waitFor({ state: 'detached' });
    expect(await field().innerText()).toBe('{{ steps.chargeCard.output.body.chargeId }}');
    expect(await preview.innerText()).toContain('ch_1');
    expect(named(await drawing.saved(), 'Ship parcel')).toMatchObject({
      input: { reservationId: '{{ steps.chargeCard.output.body.chargeId }}' },
    });
  });

  it('follows what is typed, off the fast path as well, and says what goes wrong', async () => {
    const drawing = await saga('Preview');
    await drawing.card('ship-parcel').click();
    await field().fill('{{ $uppercase(steps.reserveStock.output.body.reservationId) & "!" }}');
    await page.getByText('RES_1!').waitFor();
    await field().fill('{{ $number("many") }}');
    await page.locator('[data-preview=problem]').waitFor();
  });
});

describe('a drawing from top to bottom', () => {
  it('is made by one command, takes steps below, is walked downwards, and comes back by one undo', async () => {
    const drawing = await saga('Downwards');
    const before = await drawing.saved();
    await page.getByRole('button', { name: 'Draw downwards' }).click();
    const down = await drawing.saved();
    expect(down.settings.direction).toBe('tb');
    await drawing.card('reserve-stock').click();
    await drawing.letGo();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate<string>("document.activeElement?.getAttribute('aria-label')")).toMatch(/^Charge card,/);
    const [upper, lower] = [drawing.card('charge-card'), drawing.card('ship-parcel')];
    expect((await drawing.middle(lower)).y).toBeGreaterThan((await drawing.middle(upper)).y);
    const line = Object.values(down.edges).find((edge) => edge.to === 'ship-parcel');
    const spot = await drawing.middleOfLine(line?.id ?? '');
    await page.mouse.move(spot.x, spot.y);
    await page.getByRole('button', { name: /^Insert a step between Charge card/ }).click();
    await pick('Transform');
    const inserted = await drawing.saved();
    expect(flow(inserted)).toContain('Transform > Ship parcel');
    expect(named(inserted, 'Transform').position.x).toBe(inserted.nodes['charge-card']?.position.x);
    await drawing.letGo();
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await drawing.saved()).toEqual(before);
  });
});

describe('fixes and sub-workflows', () => {
  it('mends a problem where it is listed, as an edit that can be undone (E44)', async () => {
    const drawing = await saga('Fix');
    await drawing.card('charge-card').click();
    await page.getByRole('combobox', { name: 'If a later step fails' }).click();
    await page.getByRole('option', { name: 'Not decided yet' }).click();
    const before = await drawing.saved();
    await drawing.letGo();
    await page.getByRole('button', { name: /\d+ problem/ }).click();
    const fix = page.getByRole('list', { name: 'Problems' }).getByRole('button', { name: /^(Fix|Ways to fix)/ });
    await fix.first().click();
    const ways = page.getByRole('menuitem');
    if ((await ways.count()) > 0) await ways.first().click();
    expect(await drawing.saved()).not.toEqual(before);
    await page.keyboard.press('Control+z');
    expect(await drawing.saved()).toEqual(before);
  });

  it('makes a sub-workflow of a step and calls it in its place (E39)', async () => {
    const drawing = await saga('Extract');
    await drawing.card('ship-parcel').click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Alt+x');
    await page.getByRole('textbox', { name: 'Name' }).fill('Ship one parcel');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('The sub-workflow is made').first().waitFor();
    const graph = await drawing.saved();
    expect(flow(graph)).toContain('Charge card > Ship one parcel');
    expect(only(graph, 'call')).toMatchObject({ name: 'Ship one parcel' });
  });
});

it('left no error and no warning in the console', () => {
  expect(visitor.complaints).toEqual([]);
});
