/** The editor by pointer and by keyboard, on the running product: everything is asserted on the saved document. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type Visit, launchBrowser, visit } from './support/browser.js';
import { Drawing, flow, named } from './support/drawing.js';
import { type Product, startProduct } from './support/product.js';

jest.setTimeout(120_000);

let product: Product;
let browser: Browser;
let visitor: Visit;
let page: Page;

const SAGA = [
  'Charge card > Ship parcel',
  'Order received > Reserve stock',
  'Reserve stock > Charge card',
  'Ship parcel > Order shipped',
];

beforeAll(async () => {
  browser = await launchBrowser();
  product = await startProduct({ redis: true });
  visitor = await visit(browser);
  page = visitor.page;
  page.setDefaultTimeout(10_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(product.signInLink);
  await page.getByRole('button', { name: 'Open Order saga' }).waitFor();
  // Longer than the product may take to start, so that a start that fails is still tidied up.
}, 180_000);
afterAll(async () => {
  // One that will not go must not keep the other running.
  const gone = await Promise.allSettled([browser?.close(), product?.dispose()]);
  for (const each of gone) if (each.status === 'rejected') throw each.reason;
});

const saga = (name: string) => Drawing.make(page, { name, template: 'order-saga' });
const undo = () => page.keyboard.press('Control+z');
const redo = () => page.keyboard.press('Control+Shift+z');

describe('the first look (E32)', () => {
  it('shows the whole order saga at a readable size, and never hides the chosen step behind its panel (E56)', async () => {
    const drawing = await saga('First look');
    const zoom = await page.getByRole('button', { name: /^Zoom \d+ percent/ }).innerText();
    expect(parseInt(zoom, 10)).toBeGreaterThanOrEqual(60);
    await drawing.card('done').click();
    const panel = page.getByRole('complementary', { name: 'Step Order shipped' });
    await panel.waitFor();
    // The drawing moves aside once the panel has its place.
    const clear = async () => {
      const [card, side] = [await drawing.card('done').boundingBox(), await panel.boundingBox()];
      return (card?.x ?? Infinity) + (card?.width ?? 0) <= (side?.x ?? 0);
    };
    await until(clear);
  });
});

describe('adding steps', () => {
  it('takes a step from the palette by dragging it onto the canvas (E4)', async () => {
    const drawing = await saga('By drag');
    const from = await drawing.middle(page.getByRole('button', { name: 'Delay' }));
    const near = await drawing.middle(drawing.card('charge-card'));
    await drawing.drag(from, { x: near.x, y: near.y + 240 });
    const graph = await drawing.saved();
    const delay = named(graph, 'Delay');
    expect(flow(graph)).toEqual(SAGA);
    expect(delay.position.x % 16).toBe(0);
    expect(Math.abs(delay.position.x - (graph.nodes['charge-card']?.position.x ?? 0))).toBeLessThan(304);
  });

  it('appends a step behind the chosen one by a click in the palette (E4)', async () => {
    const drawing = await Drawing.make(page, { name: 'By click' });
    await page.getByRole('button', { name: 'Manual or API' }).first().click();
    await page.getByRole('button', { name: 'Transform' }).click();
    expect(flow(await drawing.saved())).toEqual(['Start > Transform']);
  });

  it('appends a step by the plus behind a step that leads nowhere (E5)', async () => {
    const drawing = await Drawing.make(page, { name: 'By plus' });
    await page.getByRole('button', { name: 'Manual or API' }).first().click();
    await page.getByRole('button', { name: 'Add a step after Start' }).click();
    await page.getByRole('combobox', { name: 'Search steps' }).fill('sleep');
    await page.keyboard.press('Enter');
    expect(flow(await drawing.saved())).toEqual(['Start > Delay']);
  });

  it('inserts a step on a line by its plus and makes room in one undo step (E7)', async () => {
    const drawing = await saga('On a line');
    const line = Object.values((await drawing.saved()).edges).find((edge) => edge.to === 'charge-card');
    const middle = await drawing.middleOfLine(line?.id ?? '');
    await page.mouse.move(middle.x - 3, middle.y, { steps: 3 });
    await page.getByRole('button', { name: 'Insert a step between Reserve stock and Charge card' }).click();
    await page.getByRole('option', { name: /^Transform/ }).click();
    const graph = await drawing.saved();
    expect(flow(graph)).toEqual(expect.arrayContaining(['Reserve stock > Transform', 'Transform > Charge card']));
    expect(graph.nodes['charge-card']?.position.x).toBeGreaterThan(named(graph, 'Transform').position.x + 240);
    await drawing.letGo();
    await undo();
    expect(flow(await drawing.saved())).toEqual(SAGA);
  });

  it('inserts a step that is dropped on a line (E11)', async () => {
    const drawing = await saga('Dropped on a line');
    const line = Object.values((await drawing.saved()).edges).find((edge) => edge.to === 'ship-parcel');
    const from = await drawing.middle(page.getByRole('button', { name: 'Delay' }));
    await drawing.drag(from, await drawing.middleOfLine(line?.id ?? ''));
    expect(flow(await drawing.saved())).toEqual(expect.arrayContaining(['Charge card > Delay', 'Delay > Ship parcel']));
  });
});

describe('connecting and deleting', () => {
  it('draws a line from port to port, and says why one may not be drawn (E12)', async () => {
    const drawing = await saga('Lines');
    const out = await drawing.middle(drawing.port('order-received', 'out'));
    await drawing.drag(out, await drawing.middle(drawing.port('ship-parcel', 'in')));
    expect(flow(await drawing.saved())).toContain('Order received > Ship parcel');

    await drawing.pull(
      await drawing.middle(drawing.port('ship-parcel', 'out')),
      await drawing.middle(drawing.port('reserve-stock', 'in')),
    );
    await page.getByText('This would go round in a circle.').waitFor();
    await page.mouse.up();
    expect(flow(await drawing.saved())).not.toContain('Ship parcel > Reserve stock');
  });

  it('closes the gap behind a deleted step, or leaves it with shift (E15)', async () => {
    const drawing = await saga('Delete');
    await drawing.card('charge-card').click();
    await page.keyboard.press('Delete');
    expect(flow(await drawing.saved())).toContain('Reserve stock > Ship parcel');
    await undo();
    expect(flow(await drawing.saved())).toEqual(SAGA);
    await drawing.card('charge-card').click();
    await page.keyboard.press('Shift+Delete');
    expect(flow(await drawing.saved())).toEqual(['Order received > Reserve stock', 'Ship parcel > Order shipped']);
  });

  it('replaces the type of a step and keeps its name, place and lines (E9)', async () => {
    const drawing = await saga('Replace');
    const before = (await drawing.saved()).nodes['ship-parcel'];
    await drawing.card('ship-parcel').click();
    await page.keyboard.press('r');
    await page.getByRole('combobox', { name: 'Search steps' }).fill('Send a request');
    await page.keyboard.press('Enter');
    const graph = await drawing.saved();
    expect(graph.nodes['ship-parcel']).toMatchObject({
      connector: 'http',
      name: before?.name,
      position: before?.position,
    });
    expect(flow(graph)).toEqual(SAGA);
  });
});

describe('names, fields and history', () => {
  it('rewrites the expressions that read a renamed step, as one undo step (E10)', async () => {
    const drawing = await saga('Rename');
    await drawing.card('reserve-stock').click();
    await drawing.card('reserve-stock').focus();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Name of the step' }).fill('Hold goods');
    await page.keyboard.press('Enter');
    await page
      .getByText(/Renamed; \d+ expression/)
      .first()
      .waitFor();
    expect((await drawing.saved()).nodes['ship-parcel']).toMatchObject({
      input: { reservationId: '{{ steps.holdGoods.output.body.reservationId }}' },
    });
    await undo();
    const graph = await drawing.saved();
    expect(graph.nodes['reserve-stock']?.name).toBe('Reserve stock');
    expect(graph.nodes['ship-parcel']).toMatchObject({
      input: { reservationId: '{{ steps.reserveStock.output.body.reservationId }}' },
    });
  });

  it('takes typing in one field back as one step, and brings it again (E22)', async () => {
    const drawing = await saga('Typing');
    await drawing.card('done').click();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Name of the step' }).fill('All done');
    await page.keyboard.press('Enter');
    await drawing.card('charge-card').click();
    const field = page.getByRole('textbox', { name: 'Amount' }).first();
    await field.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('1234', { delay: 5 });
    expect((await drawing.saved()).nodes['charge-card']).toMatchObject({ input: { amountCents: 1234 } });
    await page.locator('.react-flow__pane').click({ position: { x: 60, y: 60 } });
    await undo();
    const graph = await drawing.saved();
    expect(graph.nodes['charge-card']).toMatchObject({ input: { amountCents: '{{ trigger.data.amountCents }}' } });
    expect(graph.nodes['done']?.name).toBe('All done');
    await redo();
    expect((await drawing.saved()).nodes['charge-card']).toMatchObject({ input: { amountCents: 1234 } });
  });

  it('copies steps with their lines and pastes them with new names (E19, E20)', async () => {
    const drawing = await saga('Paste');
    await drawing.card('reserve-stock').click();
    await drawing.card('charge-card').click({ modifiers: ['Control'] });
    await page.keyboard.press('Control+c');
    await page.keyboard.press('Control+v');
    const graph = await drawing.saved();
    expect(flow(graph)).toEqual([...SAGA, 'Reserve stock 2 > Charge card 2'].sort());
    expect(named(graph, 'Reserve stock 2')).toMatchObject({ undo: { kind: 'compensation', name: 'Release stock' } });
  });

  it('edits the retry policy and offers the connector’s own undo again (E77)', async () => {
    const drawing = await saga('Policy');
    await drawing.card('ship-parcel').click();
    await page.getByRole('spinbutton', { name: 'Attempts' }).or(page.getByLabel('Attempts')).first().fill('5');
    await page.keyboard.press('Tab');
    await page.getByRole('combobox', { name: 'If a later step fails' }).click();
    await page.getByRole('option', { name: 'Cannot be undone' }).click();
    expect((await drawing.saved()).nodes['ship-parcel']).toMatchObject({
      retry: { maxAttempts: 5 },
      undo: { kind: 'irreversible' },
    });
    await page.getByRole('button', { name: /Use “Cancel shipment”/ }).click();
    expect((await drawing.saved()).nodes['ship-parcel']).toMatchObject({
      undo: { kind: 'compensation', operation: 'cancel-shipment', name: 'Cancel shipment' },
    });
  });
});

describe('saving', () => {
  it('saves nothing on opening, and shows the same after a reload (E45)', async () => {
    const drawing = await saga('Reload');
    const revision = await drawing.revision();
    await drawing.open();
    expect(await drawing.revision()).toBe(revision);
    await drawing.card('done').click();
    await page.keyboard.press('Control+d');
    const graph = await drawing.saved();
    expect(await drawing.revision()).toBeGreaterThan(revision);
    await drawing.open();
    for (const id of graph.order) await drawing.card(id).waitFor();
    expect(await drawing.saved()).toEqual(graph);
  });

  it('merges what two tabs changed in different places, as one step that can be undone (E50)', async () => {
    const mine = await saga('Two tabs');
    await inAnotherTab(mine, async (theirs) => {
      await rename(theirs, 'ship-parcel', 'Send parcel');
      await theirs.saved();

      await rename(mine, 'charge-card', 'Debit card');
      await page.getByText('Merged with the other tab’s changes').waitFor();
      const names = async () => {
        const { nodes } = await mine.saved();
        return [nodes['charge-card']?.name, nodes['ship-parcel']?.name];
      };
      expect(await names()).toEqual(['Debit card', 'Send parcel']);
      await undo();
      await until(async () => (await names()).join() === 'Debit card,Ship parcel');
      await redo();
      await until(async () => (await names()).join() === 'Debit card,Send parcel');
    });
  });

  it('asks where two tabs changed the same, and loses neither side meanwhile (E50)', async () => {
    const mine = await saga('Two tabs, one step');
    await inAnotherTab(mine, async (theirs) => {
      await rename(theirs, 'charge-card', 'Take money');
      await theirs.saved();

      await rename(mine, 'charge-card', 'Debit card');
      const dialog = page.getByRole('dialog', { name: 'Someone else changed the same things' });
      await dialog.waitFor();
      expect((await theirs.saved()).nodes['charge-card']?.name).toBe('Take money');
      const question = dialog.getByRole('group', { name: 'Debit card: Name' });
      expect(await question.getByRole('radio', { name: 'Mine' }).isChecked()).toBe(true);

      await dialog.getByRole('button', { name: 'Decide later' }).click();
      await dialog.waitFor({ state: 'hidden' });
      expect((await theirs.saved()).nodes['charge-card']?.name).toBe('Take money');
      await page.getByRole('button', { name: 'Decide', exact: true }).click();
      await question.getByRole('radio', { name: 'Take money' }).check();
      await dialog.getByRole('button', { name: 'Merge and save' }).click();
      await dialog.waitFor({ state: 'hidden' });
      expect((await mine.saved()).nodes['charge-card']?.name).toBe('Take money');
      await undo();
      await until(async () => (await mine.saved()).nodes['charge-card']?.name === 'Debit card');
    });
  });
});

describe('problems, undo view, publishing and running', () => {
  it('blocks publishing while there are errors, and jumps to them by F8 (E43)', async () => {
    const drawing = await saga('Problems');
    await drawing.card('charge-card').click();
    await page.getByRole('textbox', { name: 'Amount' }).first().click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: /\d+ problem/ }).waitFor();
    await page.locator('.react-flow__pane').click({ position: { x: 60, y: 60 } });
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('One error stands in the way').waitFor();
    expect(await dialog.getByRole('button', { name: 'Publish', exact: true }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.keyboard.press('F8');
    await page.getByRole('complementary', { name: 'Step Charge card' }).waitFor();
    await page.locator('[aria-label="Amount in cents"]:focus').waitFor();
    await drawing.letGo();
    await undo();
    await page.getByText('No problems').waitFor();
  });

  it('shows by U what is undone in which order when a step fails (E79)', async () => {
    const drawing = await saga('Undo view');
    await drawing.card('ship-parcel').click();
    await page.keyboard.press('u');
    await page.getByText('fails: 1 Refund, 2 Release stock').waitFor();
    expect(await drawing.card('charge-card').locator('.undo-order').innerText()).toBe('1');
    expect(await drawing.card('reserve-stock').locator('.undo-order').innerText()).toBe('2');
    await page.keyboard.press('u');
    await page.getByText('fails: 1 Refund').waitFor({ state: 'hidden' });
  });

  it('proves what every failure leaves, shows each on the drawing, and says it before publishing', async () => {
    const drawing = await saga('Proof');
    await page.keyboard.press('p');
    const proof = page.getByRole('complementary', { name: 'Proof' });
    const clean = /^Every one of \d+ failure points ends clean: [\d,]+ states explored$/;
    await proof.getByText(clean).waitFor();
    await proof.getByRole('button', { name: /^Ship parcel/ }).click();
    await page.getByText('fails: 1 Refund').waitFor();
    expect(await drawing.card('reserve-stock').locator('.undo-order').innerText()).toBe('2');
    await drawing.letGo();
    await proof.waitFor({ state: 'hidden' });

    await page.keyboard.press('Alt+p');
    await page.getByRole('dialog').getByText(clean).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Show each' }).click();
    await proof.getByRole('button', { name: /^Reserve stock/ }).waitFor();
  });

  it('publishes, and starts a run from the dialog', async () => {
    await saga('Run');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText('v1 is live').waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/\/runs\//);
    await page.getByText('Completed', { exact: true }).first().waitFor();
  });
});

describe('without a pointer (E90)', () => {
  it('draws a workflow with a compensation, and publishes it', async () => {
    const drawing = await Drawing.make(page, { name: 'By keyboard' });
    const add = async (key: string, query: string) => {
      await page.keyboard.press(key);
      await page.locator('[role=combobox]:focus').waitFor();
      await page.keyboard.type(query);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    };
    await add('n', 'Manual or API');
    await page.keyboard.press('Escape');
    await add('a', 'Reserve stock');
    await tabTo('Order');
    await page.keyboard.type('{{ trigger.id');
    await page.locator('.cm-tooltip-autocomplete').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.cm-tooltip-autocomplete').waitFor({ state: 'hidden' });
    await page.keyboard.type(' }}');
    await tabTo('Article');
    await page.keyboard.type('SKU-1');
    await page.keyboard.press('Escape');
    await add('a', 'End');
    await page.keyboard.press('Escape');
    await page.getByText('No problems').waitFor();

    const graph = await drawing.saved();
    expect(flow(graph)).toEqual(['Reserve stock > End', 'Start > Reserve stock']);
    expect(named(graph, 'Reserve stock')).toMatchObject({
      input: { orderId: '{{ trigger.id }}', sku: 'SKU-1', quantity: 1 },
      undo: { kind: 'compensation', name: 'Release stock' },
    });

    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate<string>("document.activeElement?.getAttribute('aria-label')")).toContain(
      'Reserve stock',
    );
    await page.keyboard.press('Alt+p');
    await page.getByRole('dialog').waitFor();
    await tabTo('Publish');
    await page.keyboard.press('Enter');
    await page.getByText('v1 is live').waitFor();
  });
});

it('left no error and no warning in the console', () => {
  // The browser itself reports the answer that says another tab was first.
  expect(visitor.complaints.filter((each) => !/status of 409/.test(each))).toEqual([]);
});

async function rename(drawing: Drawing, step: string, name: string): Promise<void> {
  await drawing.card(step).click();
  await drawing.page.keyboard.press('F2');
  await drawing.page.getByRole('textbox', { name: 'Name of the step' }).fill(name);
  await drawing.page.keyboard.press('Enter');
}

/** The same workflow, open beside the first tab. */
async function inAnotherTab(mine: Drawing, work: (theirs: Drawing) => Promise<void>): Promise<void> {
  const other = await visitor.context.newPage();
  try {
    await other.emulateMedia({ reducedMotion: 'reduce' });
    await other.goto(mine.page.url());
    await other.locator('[data-canvas-ready]').waitFor();
    await work(new Drawing(other, mine.id));
  } finally {
    await other.close();
  }
}

/** Presses Tab until what is called so, by its label or its text, has the focus. */
async function tabTo(name: string): Promise<void> {
  const met: string[] = [];
  for (let count = 0; count < 60; count++) {
    const now = await page.evaluate(() => {
      const focused = document.activeElement;
      return focused?.getAttribute('aria-label') ?? focused?.textContent?.trim() ?? '';
    });
    if (now === name) return;
    met.push(now);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${name}, only ${met.join(', ')}.`);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It never came to hold: ${holds.toString()}`);
    await page.waitForTimeout(50);
  }
}
