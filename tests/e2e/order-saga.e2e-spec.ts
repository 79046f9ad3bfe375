/**
 * The main thread of the product as a person goes through it, with and without Redis: sign in, open the order saga,
 * publish, fire it by the shown cURL, watch it complete; tell the shop to refuse, watch it retry and undo itself.
 * Takes the README's pictures; UPDATE_PICTURES=1 puts them into docs/images.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { DemoShopState } from '@sagawright/shared/contracts';
import type { Entry } from '@sagawright/shared/saga';
import { type Visit, launchBrowser, visit } from './support/browser.js';
import { type Product, startProduct } from './support/product.js';

jest.setTimeout(180_000);

const output = join(import.meta.dirname, 'output');
const docs = join(import.meta.dirname, '..', '..', 'docs', 'images');

describe.each([
  { queue: 'without Redis', redis: false },
  { queue: 'with redis-server on PATH', redis: true },
])('the order saga $queue', ({ redis }) => {
  let product: Product;
  let browser: Browser;
  let visitor: Visit;
  let page: Page;
  let command: string;

  beforeAll(async () => {
    [product, browser] = await Promise.all([startProduct({ redis }), launchBrowser()]);
    visitor = await visit(browser);
    page = visitor.page;
  });
  afterAll(async () => {
    await browser?.close();
    await product?.dispose();
  });

  it('says in one line which queue it uses', () => {
    expect(product.output()).toMatch(
      redis ? /^Queue: BullMQ on Redis\.$/m : /^Queue: no Redis found, using BullMQ on PostgreSQL/m,
    );
  });

  it('signs in by the printed link and opens the template that is offered first', async () => {
    await page.goto(product.signInLink);
    await page.getByRole('button', { name: 'Open Order saga' }).click();
    await page.locator('[data-canvas-ready]').waitFor();
    await page.getByText('No problems').waitFor();
    await picture('editor', page, redis);
  });

  it('publishes the draft', async () => {
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText('v1 is live').waitFor();
  });

  it('completes live on the canvas when the shown cURL is fired', async () => {
    await page.getByTestId('rf__node-order-received').click();
    await page.getByRole('button', { name: 'Show the secret' }).click();
    const shown = page.locator('pre', { hasText: 'curl' }).first();
    await shown.waitFor();
    command = await shown.innerText();

    // Slow enough for a person, and this test, to see the step running.
    await ask(page, '/demo-shop/behaviours/ship', { mode: 'slow', delayMs: 8000 });
    const run = fire(command);
    await page.goto(`${product.url}/runs/${run}`);
    await step(page, 'ship-parcel', 'running').waitFor();
    await step(page, 'ship-parcel', 'succeeded').waitFor();
    await page.getByRole('banner').or(page.getByRole('main')).getByText('Completed', { exact: true }).first().waitFor();
    await picture('run-completed', page, redis);
    await tellShop(page, 'Ship', 'Works');
  });

  it('retries, then refunds and releases in that order, and ends compensated when shipping is refused', async () => {
    await tellShop(page, 'Ship', 'Refuses');
    const order = 'order-1002';
    const run = fire(command.replaceAll('order-1001', order));
    await page.goto(`${product.url}/runs/${run}`);
    await page.getByText('Compensated', { exact: true }).first().waitFor();
    await step(page, 'charge-card', 'undone').waitFor();
    await step(page, 'reserve-stock', 'undone').waitFor();
    await picture('run-compensated', page, redis);

    const journal = await ask<{ items: Entry[] }>(page, `/runs/${run}/journal`);
    const of = (type: Entry['type'], direction: string) =>
      journal.items.flatMap((entry) =>
        entry.type === type && 'step' in entry && 'direction' in entry && entry.direction === direction
          ? [entry.step]
          : [],
      );
    expect(of('step.failed', 'forward')).toEqual(['ship-parcel', 'ship-parcel', 'ship-parcel']);
    expect(of('step.succeeded', 'undo')).toEqual(['charge-card', 'reserve-stock']);
    expect(journal.items.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'compensated' });

    await page.goto(`${product.url}/demo-shop?order=${order}`);
    await page.getByText('Nets to zero').waitFor();
    await picture('demo-shop', page, redis);
    const shop = await ask<DemoShopState>(page, `/demo-shop?orderId=${order}`);
    expect(shop.balance).toEqual({ stock: 0, money: 0, parcels: 0 });
    expect(shop.ledger.filter((row) => row.result === 'applied').map((row) => row.operation)).toEqual([
      'release',
      'refund',
      'charge',
      'reserve',
    ]);
  });

  it('refuses a forged delivery and starts nothing', async () => {
    const before = await ask<{ counts: Record<string, number> }>(page, '/runs');
    expect(execute(command.replace(/SECRET='whsec_./, "SECRET='whsec_Z"))).toContain('"status":401');
    expect((await ask<{ counts: Record<string, number> }>(page, '/runs')).counts).toEqual(before.counts);
  });

  it('left no error and no warning in the console', () => {
    expect(visitor.complaints).toEqual([]);
  });

  it('stops on Ctrl-C, and a second start keeps the data', async () => {
    expect(await product.stop()).toBe(0);
    expect(product.output()).toContain('Stopped. Your data is kept.');
    const port = Number(new URL(product.url).port);
    const again = await startProduct({ redis, dataDir: product.dataDir, port });
    try {
      await page.goto(`${again.url}/runs`);
      await page.getByText('Compensated', { exact: true }).last().waitFor();
      expect((await ask<{ items: unknown[] }>(page, '/runs')).items).toHaveLength(2);
    } finally {
      await again.stop();
    }
  });
});

/** Runs the shown command in a shell as a person would paste it; @returns the run's id */
function fire(command: string): string {
  const answer = JSON.parse(execute(command)) as { runId: string };
  return answer.runId;
}

function execute(command: string): string {
  return execFileSync('bash', ['-c', command], { encoding: 'utf8' });
}

function step(page: Page, id: string, state: string) {
  return page.locator(`[data-testid="rf__node-${id}"] [data-state="${state}"]`).first();
}

async function tellShop(page: Page, operation: string, behaviour: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/demo-shop`);
  await page.getByRole('combobox', { name: `${operation}: behaviour` }).click();
  const saved = page.waitForResponse((answer) => answer.url().includes('/demo-shop/behaviours/') && answer.ok());
  await page.getByRole('option', { name: new RegExp(`^${behaviour}`) }).click();
  await saved;
}

/** The REST interface with the visitor's own session; with a body it is a PUT. */
function ask<T>(page: Page, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ({ url, sent }) => {
      const me = (await (await fetch('/api/v1/auth/me')).json()) as { csrfToken: string };
      const headers = { 'content-type': 'application/json', 'x-csrf-token': me.csrfToken };
      const answer = await fetch(url, sent === undefined ? {} : { method: 'PUT', headers, body: JSON.stringify(sent) });
      return (await answer.json()) as T;
    },
    { url: `/api/v1${path}`, sent: body },
  );
}

async function picture(name: string, page: Page, kept: boolean): Promise<void> {
  mkdirSync(output, { recursive: true });
  const file = join(output, `${name}.png`);
  await page.screenshot({ path: file, animations: 'disabled' });
  if (!kept || process.env['UPDATE_PICTURES'] === undefined) return;
  mkdirSync(docs, { recursive: true });
  copyFileSync(file, join(docs, `${name}.png`));
}
