/** What a person does with runs that do not go well, and with the ways in: each against the running product. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { type Visit, launchBrowser, visit } from './support/browser.js';
import { fragileLine } from './support/fragile-line.js';
import { type Product, startProduct } from './support/product.js';
import { type Login, call, publishOrderSaga, signInOnce, startOrder, tellShop, untilRun } from './support/session.js';

jest.setTimeout(120_000);

describe('runs and the ways in', () => {
  let product: Product;
  let browser: Browser;
  let login: Login;
  /** The person who looks. */
  let visitor: Visit;
  let page: Page;
  /** Somebody else's browser, for what happens meanwhile. */
  let other: Page;
  let workflow: string;

  beforeAll(async () => {
    browser = await launchBrowser();
    product = await startProduct({ redis: true });
    login = await signInOnce(browser, product);
    visitor = await enter();
    page = visitor.page;
    ({ page: other } = await enter());
    workflow = await publishOrderSaga(other);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.dispose();
  });

  async function enter(): Promise<Visit> {
    const made = await visit(browser);
    await made.context.addCookies(login.cookies);
    await made.page.goto(`${product.url}/workflows`);
    return made;
  }

  async function everythingWorks(): Promise<void> {
    for (const operation of ['reserve', 'release', 'charge', 'refund', 'ship', 'cancel-shipment'])
      await tellShop(other, operation, { mode: 'ok' });
  }

  it('says that the way back is stuck, and goes it after a person has decided (S21)', async () => {
    await tellShop(other, 'ship', { mode: 'refuse' });
    await tellShop(other, 'refund', { mode: 'refuse' });
    const run = await startOrder(other, workflow);
    await page.goto(`${product.url}/runs/${run}`);
    await page.getByText('Compensation stuck', { exact: true }).waitFor();
    const story = page.getByRole('region', { name: 'What happened' });
    expect(await story.innerText()).toMatch(/Ship parcel failed after 3 attempts: .*refuses the parcel/);
    await story.getByText('0 of 2 undone').waitFor();

    await everythingWorks();
    await page.getByRole('button', { name: 'Resolve…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Resolve: Refund' });
    await dialog.getByLabel('Reason').fill('The bank is open again');
    await dialog.getByRole('button', { name: 'Try again', exact: true }).click();

    await page.getByText('Compensated', { exact: true }).waitFor();
    await story.getByText('2 of 2 undone').waitFor();
    await page.getByRole('tab', { name: /^Journal/ }).click();
    await page.getByText('The bank is open again').waitFor();

    await page.getByRole('link', { name: /^order-/ }).click();
    await page.getByText('Nets to zero').waitFor();
  });

  it('cancels a run in a slow call, keeps the reason, and undoes what the call did', async () => {
    await tellShop(other, 'ship', { mode: 'slow', delayMs: 6000 });
    const run = await startOrder(other, workflow);
    await page.goto(`${product.url}/runs/${run}?view=canvas`);
    await page.locator('[data-testid="rf__node-ship-parcel"] [data-state="running"]').first().waitFor();
    await page.getByRole('button', { name: 'Cancel run' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Reason').fill('Customer called');
    await dialog.getByRole('button', { name: 'Cancel and undo' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    const story = page.getByRole('region', { name: 'What happened' });
    expect(await story.innerText()).toMatch(/Owner cancelled the run: Customer called/);
    await story.getByText('3 of 3 undone').waitFor();
    const order = await story.getByRole('list', { name: 'The way back' }).getByRole('button').allInnerTexts();
    expect(order.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringContaining('1 Cancel shipment'),
      expect.stringContaining('2 Refund'),
      expect.stringContaining('3 Release stock'),
    ]);
    await everythingWorks();
  });

  it('shows the same after the connection was lost as a fresh load does (R14)', async () => {
    const line = await fragileLine(product.url);
    try {
      await tellShop(other, 'ship', { mode: 'refuse' });
      const run = await startOrder(other, workflow);
      await page.goto(`${line.url}/runs/${run}?view=journal`);
      const journal = page.getByRole('list', { name: 'Journal' });
      await journal.getByText('Ship parcel failed, next attempt').first().waitFor();
      line.cut();
      await page.getByText('Connection lost, trying again').waitFor();
      await untilRun(other, run, 'compensated');
      expect(await journal.getByText('Run undone').count()).toBe(0);
      line.mend();
      await page.getByText('Compensated', { exact: true }).waitFor();
      await journal.getByText('Run undone').waitFor();
      const caughtUp = await journal.innerText();
      await page.reload();
      await journal.getByText('Run undone').waitFor();
      expect(caughtUp).toBe(await journal.innerText());
    } finally {
      await line.close();
      await everythingWorks();
    }
  });

  it('announces new runs in the list without moving it, and changes the rows in place (R5)', async () => {
    await page.goto(`${product.url}/runs`);
    const rows = page.locator('[data-run-row]');
    await rows.first().waitFor();
    const before = await rows.count();
    await tellShop(other, 'ship', { mode: 'slow', delayMs: 4000 });
    const run = await startOrder(other, workflow);
    await page.getByRole('button', { name: '1 new' }).click();
    const link = page.getByRole('link', { name: new RegExp(`^Run ${run.slice(-8)}`) });
    await link.waitFor();
    expect(await rows.count()).toBe(before + 1);
    await page.getByRole('link', { name: new RegExp(`^Run ${run.slice(-8)} of Order saga, Completed`) }).waitFor();
    await everythingWorks();
  });

  it('walks the list and the views by keyboard', async () => {
    await page.locator('[data-run-row]').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Canvas' }).waitFor();
    await page.keyboard.press('2');
    await page.getByRole('tab', { name: 'Timeline', selected: true }).waitFor();
    await page.getByRole('tab', { name: 'Timeline' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /^Journal/, selected: true }).waitFor();
  });

  it('runs again with changed data (R29)', async () => {
    const first = `/runs/${await startOrder(other, workflow)}`;
    await page.goto(product.url + first);
    await page.getByRole('button', { name: 'Run again' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run again' });
    const field = dialog.getByLabel('Event data');
    await field.fill('{ nothing');
    await dialog.getByRole('button', { name: 'Run with this data' }).click();
    // Nothing is sent; the field at fault says so.
    await dialog.locator('[aria-invalid=true]:focus').waitFor();
    await field.fill('{"orderId":"order-again","sku":"SKU-1","quantity":1,"amountCents":900}');
    await dialog.getByRole('button', { name: 'Run with this data' }).click();
    await page.getByRole('link', { name: 'order-again' }).waitFor();
    expect(new URL(page.url()).pathname).not.toBe(first);
    await page.getByText('Completed', { exact: true }).waitFor();
  });

  it('makes an API key that opens the interface until it is revoked', async () => {
    await page.goto(`${product.url}/settings`);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('Billing');
    await page.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByRole('dialog', { name: 'Copy the key now' });
    const secret = (await shown.locator('pre').innerText()).trim();
    await shown.getByRole('button', { name: 'Done' }).click();
    expect(curl(`${product.url}/api/v1/runs`, secret)).toBe('200');
    expect(curl(`${product.url}/api/v1/runs`, `${secret}x`)).toBe('401');

    await page.getByRole('button', { name: 'Revoke Billing' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No API keys').waitFor();
    expect(curl(`${product.url}/api/v1/runs`, secret)).toBe('401');
  });

  it('sets a password, refuses a wrong one in words, and lets the right one in', async () => {
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('That is 5 of 12 characters.').waitFor();
    await page.getByLabel('New password').fill('four words in a row');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('Password saved').waitFor();
    const { user } = await call<{ user: { email: string } }>(page, 'GET', '/auth/me');

    await page.getByRole('button', { name: /Owner/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sagawright' }).waitFor();
    await page.getByLabel('E-mail').fill(user.email);
    await page.getByLabel('Password').fill('three words only');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').innerText()).toMatch(/password/i);
    await page.getByLabel('Password').fill('four words in a row');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Workflows', level: 1 }).waitFor();
    expect(await page.getByText('You came in by a one-time link').count()).toBe(0);
  });
});

/** @returns the status of the answer */
function curl(url: string, key: string): string {
  return execFileSync(
    'curl',
    ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Authorization: Bearer ${key}`, url],
    {
      encoding: 'utf8',
    },
  );
}
