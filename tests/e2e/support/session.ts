/** What a test does besides looking: sign in once, and speak the REST interface with the visitor's own session. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { DemoShopBehaviour, RunSummary } from '@sagawright/shared/contracts';
import { visit } from './browser.js';
import type { Product } from './product.js';

export type Login = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Uses the one-time link. @returns what other contexts need to be the same person */
export async function signInOnce(browser: Browser, product: Product): Promise<Login> {
  const { context, page } = await visit(browser);
  await page.goto(product.signInLink);
  await page.getByRole('heading', { name: 'Workflows', level: 1 }).waitFor();
  const login = await context.storageState();
  await context.close();
  return login;
}

/** @throws when the interface refuses; the problem document is in the message */
export function call<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ([method, path, body]) => {
      const me = (await (await fetch('/api/v1/auth/me')).json()) as { csrfToken: string };
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers: { 'x-csrf-token': me.csrfToken, ...(body === null ? {} : { 'content-type': 'application/json' }) },
        body,
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
      return (text === '' ? null : JSON.parse(text)) as T;
    },
    [method, path, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

/** Creates the order saga and publishes it. @returns its id */
export async function publishOrderSaga(page: Page): Promise<string> {
  const made = await call<{ id: string; draft: { revision: number } }>(page, 'POST', '/workflows', {
    name: 'Order saga',
    template: 'order-saga',
  });
  await call(page, 'POST', `/workflows/${made.id}/publish`, { revision: made.draft.revision, note: '' });
  return made.id;
}

let order = 2000;

/** @returns the id of the run */
export async function startOrder(page: Page, workflowId: string, data: object = {}): Promise<string> {
  order += 1;
  const { runId } = await call<{ runId: string }>(page, 'POST', `/workflows/${workflowId}/runs`, {
    trigger: 'order-received',
    data: { orderId: `order-${String(order)}`, sku: 'SKU-1', quantity: 2, amountCents: 4200, ...data },
  });
  return runId;
}

export function tellShop(page: Page, operation: string, behaviour: Partial<DemoShopBehaviour>): Promise<unknown> {
  return call(page, 'PUT', `/demo-shop/behaviours/${operation}`, {
    mode: 'ok',
    delayMs: 3000,
    times: null,
    ...behaviour,
  });
}

export async function untilRun(page: Page, id: string, status: RunSummary['status']): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const run = await call<RunSummary>(page, 'GET', `/runs/${id}`);
    if (run.status === status) return;
    if (performance.now() > deadline) throw new Error(`run ${id} is ${run.status}, not ${status}`);
    await page.waitForTimeout(100);
  }
}
