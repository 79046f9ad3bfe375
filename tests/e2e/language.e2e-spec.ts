/** The language beyond plain steps as people meet it: inbox, waits, loops, scopes, undo of what has finished. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type Visit, launchBrowser, visit } from './support/browser.js';
import { LINES, approvalSaga, fulfilmentSaga, publish, startRun } from './support/language-sagas.js';
import { type Product, startProduct } from './support/product.js';
import { tellShop, untilRun } from './support/session.js';

jest.setTimeout(60_000);

let product: Product;
let browser: Browser;
let visitor: Visit;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  product = await startProduct({ redis: true });
  visitor = await visit(browser);
  page = visitor.page;
  page.setDefaultTimeout(15_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(product.signInLink);
  await page.getByRole('heading', { name: 'Workflows', level: 1 }).waitFor();
}, 180_000);
afterAll(async () => {
  const gone = await Promise.allSettled([browser?.close(), product?.dispose()]);
  for (const each of gone) if (each.status === 'rejected') throw each.reason;
});

const waits = () => page.getByRole('region', { name: 'What the run waits for' });
const story = () => page.getByRole('region', { name: 'What happened' });

describe('a run with a loop, a scope, a task and an event', () => {
  let run: string;

  it('says what it waits for and leads to the task (R23)', async () => {
    const workflow = await publish(page, 'Approvals', approvalSaga());
    run = await startRun(page, workflow, { orderId: 'o-1', lines: LINES });
    await page.goto(`${product.url}/runs/${run}?view=canvas`);
    await waits().getByText('Approve order waits for the task “Approve order o-1” by anybody').waitFor();
    await waits().getByRole('link', { name: 'Open the task' }).click();
    await page.getByRole('heading', { name: 'Approve order o-1' }).waitFor();
  });

  it('counts the task in the navigation and asks for what its form asks for', async () => {
    await page.getByRole('link', { name: /^Tasks\s*1 for you$/ }).waitFor();
    const form = page.getByRole('form', { name: 'Answer to Approve order o-1' });
    await form.getByRole('button', { name: 'reject' }).click();
    await form.getByText('“reject” needs a comment: say why.').waitFor();
    await form.getByText('Choose one.').waitFor();

    await form.getByLabel('Credit limit').fill('50');
    await form.getByLabel('Risk').click();
    await page.getByRole('option', { name: 'low' }).click();
    await form.getByRole('checkbox', { name: 'Send by express' }).click();
    await form.getByRole('button', { name: 'approve' }).click();
    await form.getByText('This must be at least 100.').waitFor();
  });

  it('goes on by the outcome that was chosen, and keeps the answer', async () => {
    const form = page.getByRole('form', { name: 'Answer to Approve order o-1' });
    await form.getByLabel('Credit limit').fill('500');
    await form.getByLabel('Comment').fill('An old customer.');
    await form.getByRole('button', { name: 'approve' }).click();
    await page.getByText('No task is open').waitFor();
    await page.getByRole('tab', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'Approve order o-1' }).click();
    const task = page.getByRole('article', { name: 'Approve order o-1' });
    await task.getByText('An old customer.').waitFor();
    expect(await task.innerText()).toMatch(/Owner answered “approve”/);
  });

  it('shows each item of the loop, and leads to the one that failed (E85)', async () => {
    await page
      .getByRole('article')
      .getByRole('link', { name: /^Approvals/ })
      .click();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'Canvas' }).click();
    const loop = page.getByRole('group', { name: /^Order lines/ });
    await loop.getByRole('button', { name: '1 failed' }).click();
    await page.getByRole('group', { name: 'Order lines: item 3 of 4' }).waitFor();
    await page.locator('[data-testid="rf__node-unknown"] [data-state="failed"]').first().waitFor();
    await loop.getByRole('button', { name: 'Next item' }).click();
    await page.locator('[data-testid="rf__node-reserve"] [data-state="succeeded"]').first().waitFor();
  });

  it('completes when the event that it waits for is sent from its page', async () => {
    await waits().getByText('the event payment.received whose data.orderId is "o-1"').waitFor();
    await waits().getByRole('button', { name: 'Send this event…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send an event' });
    expect(await dialog.getByLabel('Type').inputValue()).toBe('payment.received');
    expect(JSON.parse(await dialog.getByLabel('Data').inputValue())).toEqual({ orderId: 'o-1' });
    await dialog.getByRole('button', { name: 'Send event' }).click();
    await page.getByText('One run goes on.').waitFor();
    await page.getByText('Completed', { exact: true }).waitFor();
  });

  it('is undone after it has finished, as its plan said (S26, R31)', async () => {
    await page.getByRole('button', { name: 'Undo run' }).click();
    const dialog = page.getByRole('dialog', { name: 'Undo this run?' });
    const plan = dialog.getByRole('list', { name: 'Will be undone' }).getByRole('listitem');
    await plan.first().waitFor();
    const planned = (await plan.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(planned[0]).toBe('1 Refund undoes Charge card · Payment');
    expect(planned.filter((each) => each.includes('Release stock'))).toHaveLength(3);
    await dialog.getByLabel('Reason').fill('Ordered twice');
    await dialog.getByRole('button', { name: 'Undo the run' }).click();
    await page.getByText('Compensated', { exact: true }).waitFor();
    await story().getByText('4 of 4 undone').waitFor();
    expect(await story().innerText()).toMatch(/Owner had the finished run undone: Ordered twice/);
  });
});

describe('a run that fails inside a scope', () => {
  let workflow: string;

  it('is seen compensated, the scope with it', async () => {
    await tellShop(page, 'ship', { mode: 'refuse' });
    workflow = await publish(page, 'Fulfilment', fulfilmentSaga());
    const run = await startRun(page, workflow, { orderId: 'o-2' });
    await page.goto(`${product.url}/runs/${run}?view=canvas`);
    await page.getByText('Compensated', { exact: true }).waitFor();
    await story().getByText('1 of 1 undone').waitFor();
    await page.locator('[data-testid="rf__node-fulfil"] [data-state="failed"]').first().waitFor();
    await page.locator('[data-testid="rf__node-reserve-one"] [data-state="undone"]').first().waitFor();
    await page.keyboard.press('3');
    await page.getByText('Fulfilment opened').waitFor();
  });

  it('is done with when a person has undone by hand what could not be (S21)', async () => {
    await tellShop(page, 'release', { mode: 'refuse' });
    const run = await startRun(page, workflow, { orderId: 'o-3' });
    await untilRun(page, run, 'blocked');
    await tellShop(page, 'release', { mode: 'ok' });
    await tellShop(page, 'ship', { mode: 'ok' });
    await page.goto(`${product.url}/runs/${run}?view=journal`);
    await page.getByRole('button', { name: 'Resolve…' }).click();
    const dialog = page.getByRole('dialog', { name: /^Resolve: Release stock/ });
    await dialog.getByLabel('It is done').click();
    await dialog.getByRole('button', { name: 'It is done', exact: true }).click();
    await dialog.getByText('Say it in a few words; whoever reads the journal needs it.').waitFor();
    await dialog.getByLabel('What was done').fill('Put back on the shelf');
    await dialog.getByLabel('Evidence').fill('https://tickets.example/7');
    await dialog.getByRole('button', { name: 'It is done', exact: true }).click();
    await page.getByText('Compensated', { exact: true }).waitFor();
    await page.getByText('decided: done by hand').waitFor();
  });

  it('is terminated with its effects, and says that nothing is undone (S25)', async () => {
    await tellShop(page, 'ship', { mode: 'slow', delayMs: 30_000 });
    const run = await startRun(page, workflow, { orderId: 'o-4' });
    await page.goto(`${product.url}/runs/${run}?view=canvas`);
    await page.locator('[data-testid="rf__node-ship"] [data-state="running"]').first().waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Terminate without undo…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Terminate this run?' });
    expect(await dialog.innerText()).toMatch(/Nothing is undone.*Reserve stock/s);
    await dialog.getByLabel('Reason').fill('Wrong warehouse');
    await dialog.getByRole('button', { name: 'Terminate without undo' }).click();
    await page.getByText('Terminated', { exact: true }).waitFor();
    expect(await story().innerText()).toMatch(/Owner terminated the run.*Wrong warehouse.*Not undone: Reserve stock/s);
    await tellShop(page, 'ship', { mode: 'ok' });
  });
});

it('leaves nothing in the console (E99)', () => {
  // The two answers of the form that the server refused are the browser's own words.
  expect(visitor.complaints.filter((each) => !each.includes('status of 422'))).toEqual([]);
});
