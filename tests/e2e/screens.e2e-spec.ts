/**
 * Every screen in three sizes and two themes: nothing in the console, no sideways scrolling of the page, nothing serious
 * or critical for axe (WCAG 2.2 A and AA). The pictures in tests/e2e/output are for people to look at.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type Axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { type Size, type Visit, launchBrowser, visit } from './support/browser.js';
import { LINES, approvalSaga, fulfilmentSaga, publish, startRun } from './support/language-sagas.js';
import { type Product, startProduct } from './support/product.js';
import { type Login, call, publishOrderSaga, signInOnce, startOrder, tellShop, untilRun } from './support/session.js';

jest.setTimeout(120_000);

const output = join(import.meta.dirname, 'output');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Screen {
  readonly name: string;
  readonly path: string;
  readonly ready: (page: Page) => Promise<unknown>;
  /** Chromium writes every 4xx answer into the console; this one belongs to the screen. */
  readonly expected?: RegExp;
}

const heading = (name: string | RegExp) => (page: Page) =>
  page.getByRole('heading', { name }).or(page.getByText(name)).first().waitFor();

const drawn = (page: Page) => page.locator('[data-canvas-ready]').first().waitFor();
const shown = (region: string, text: string) => (page: Page) =>
  page.getByRole('region', { name: region }).getByText(text).first().waitFor();

const THEMES = ['light', 'dark'] as const;
const SIZES = ['desktop', 'tablet', 'phone'] as const;

/** The sizes beside each other, each in its own page. */
async function atEverySize(look: (size: Size) => Promise<string[]>): Promise<string[]> {
  const found = await Promise.all(SIZES.map(async (size) => (await look(size)).map((each) => `${size}: ${each}`)));
  return found.flat();
}

describe('every screen', () => {
  let product: Product;
  let browser: Browser;
  let login: Login;
  const visits = new Map<string, Visit>();
  const ids = { workflow: '', completed: '', compensated: '', blocked: '' };
  const store = { letter: '', endpoint: '' };
  const language = { asking: '', awaiting: '', undoable: '', stuck: '', task: '' };

  beforeAll(async () => {
    mkdirSync(output, { recursive: true });
    browser = await launchBrowser();
    product = await startProduct({ redis: true });
    login = await signInOnce(browser, product);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await product?.dispose();
  });

  /** One page per look, signed in, used for all its screens. */
  async function pageOf(size: Size, theme: 'light' | 'dark'): Promise<Visit> {
    const known = visits.get(`${size} ${theme}`);
    if (known !== undefined) return known;
    const made = await visit(browser, { size, theme });
    await made.context.addCookies(login.cookies);
    await made.page.emulateMedia({ reducedMotion: 'reduce' });
    visits.set(`${size} ${theme}`, made);
    return made;
  }

  /** @returns what is wrong, one line each */
  async function look({ page, complaints }: Visit, look: string, screens: readonly Screen[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const screen of screens) {
      complaints.length = 0;
      // Within the app one moves by its router, as a person does; only the first address is loaded.
      if (page.url().startsWith(product.url) && !screen.path.startsWith('/sign-in'))
        await page.evaluate((path) => history.pushState({}, '', path), screen.path);
      else await page.goto(product.url + screen.path);
      await screen.ready(page);
      await page.screenshot({ path: join(output, `screen-${screen.name}-${look}.png`) });
      const width = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      if (width[0] > width[1]) wrong.push(`${screen.name}: scrolls sideways, ${width[0]} in ${width[1]}`);
      for (const each of await axeFindings(page)) wrong.push(`${screen.name}: ${each}`);
      for (const each of complaints) {
        if (screen.expected?.test(each) !== true) wrong.push(`${screen.name}: ${each}`);
      }
    }
    return wrong;
  }

  it.each(THEMES)('is in order before anything has been drawn, %s', async (theme) => {
    const wrong = await atEverySize(async (size) => {
      const stranger = await visit(browser, { size, theme });
      const found = await look(stranger, `${size}-${theme}`, [
        {
          name: 'sign-in',
          path: '/runs',
          ready: heading('Sign in to Sagawright'),
          expected: /status of 401/,
        },
        {
          name: 'sign-in-old-link',
          path: '/sign-in?token=a-link-that-was-used-before-by-someone',
          ready: (page) => page.getByRole('alert').waitFor(),
          expected: /status of 401/,
        },
      ]);
      await stranger.context.close();
      found.push(
        ...(await look(await pageOf(size, theme), `${size}-${theme}`, [
          { name: 'workflows-empty', path: '/workflows', ready: heading('Draw your first saga') },
          { name: 'create', path: '/workflows?create=true', ready: heading('Parallel booking') },
          { name: 'runs-empty', path: '/runs', ready: heading('Nothing has run yet') },
          { name: 'tasks-empty', path: '/tasks', ready: heading('Nothing is asked of you') },
          { name: 'events-empty', path: '/events', ready: heading('No events yet') },
          { name: 'types-empty', path: '/events/types', ready: heading('No types are described') },
          { name: 'dead-letters-empty', path: '/events/dead-letters', ready: heading('No dead letters') },
          { name: 'order-empty', path: '/events/order', ready: heading('Nothing waits for its turn') },
          { name: 'endpoints-empty', path: '/events/endpoints', ready: heading('Nobody is told of your events') },
          { name: 'replays-empty', path: '/events/replays', ready: heading('Nothing has been replayed') },
          { name: 'demo-shop-empty', path: '/demo-shop', ready: heading('Nobody has called yet') },
          { name: 'settings', path: '/settings', ready: heading('No API keys') },
          { name: 'not-found', path: '/nowhere/at/all', ready: heading('There is nothing at this address') },
          {
            name: 'run-not-found',
            path: '/runs/01a1fdda-b03e-700b-ad0c-6f69799f5000',
            ready: heading('There is no such run'),
            expected: /status of 404/,
          },
        ])),
      );
      return found;
    });
    expect(wrong).toEqual([]);
  });

  it('lets three orders run: one completes, one is undone, one is stuck on its way back', async () => {
    const { page } = await pageOf('desktop', 'light');
    ids.workflow = await publishOrderSaga(page);
    ids.completed = await startOrder(page, ids.workflow);
    await untilRun(page, ids.completed, 'completed');
    await tellShop(page, 'ship', { mode: 'refuse' });
    ids.compensated = await startOrder(page, ids.workflow);
    await untilRun(page, ids.compensated, 'compensated');
    await tellShop(page, 'refund', { mode: 'refuse' });
    ids.blocked = await startOrder(page, ids.workflow);
    await untilRun(page, ids.blocked, 'blocked');
    await call(page, 'POST', '/api-keys', { name: 'Billing', scopes: ['runs:read'], expiresInDays: 30 });
  });

  it.each(THEMES)('is in order when it is full, %s', async (theme) => {
    const runs = (['completed', 'compensated', 'blocked'] as const).flatMap((kind): Screen[] => [
      { name: `${kind}-canvas`, path: `/runs/${ids[kind]}?view=canvas`, ready: drawn },
      { name: `${kind}-timeline`, path: `/runs/${ids[kind]}?view=timeline`, ready: shown('Timeline', 'Ship parcel') },
      { name: `${kind}-journal`, path: `/runs/${ids[kind]}?view=journal`, ready: heading('Run started') },
      { name: `${kind}-data`, path: `/runs/${ids[kind]}?view=data`, ready: shown('Data', 'Reserve stock') },
    ]);
    const wrong = await atEverySize(async (size) =>
      look(await pageOf(size, theme), `${size}-${theme}`, [
        { name: 'workflows', path: '/workflows', ready: heading('Live v1') },
        { name: 'editor', path: `/workflows/${ids.workflow}`, ready: drawn },
        { name: 'runs', path: '/runs', ready: heading('Compensated') },
        ...runs,
        {
          name: 'run-step',
          path: `/runs/${ids.compensated}?view=timeline&step=ship-parcel`,
          ready: heading('3 attempts'),
        },
        { name: 'demo-shop', path: '/demo-shop', ready: heading('Refused') },
        { name: 'settings-keys', path: '/settings', ready: heading('Billing') },
      ]),
    );
    expect(wrong).toEqual([]);
  });

  it('lets runs ask a person, wait for an event, finish, and get stuck inside a scope', async () => {
    const { page } = await pageOf('desktop', 'light');
    await page.goto(`${product.url}/workflows`);
    await Promise.all(['ship', 'refund', 'release'].map((operation) => tellShop(page, operation, {})));
    const approvals = await publish(page, 'Approvals', approvalSaga());
    const answered = async (orderId: string): Promise<string> => {
      const run = await startRun(page, approvals, { orderId, lines: LINES });
      await untilRun(page, run, 'waiting');
      const { items } = await call<{ items: { id: string }[] }>(page, 'GET', `/tasks?runId=${run}`);
      await call(page, 'POST', `/tasks/${items[0]?.id ?? ''}/complete`, {
        outcome: 'approve',
        data: { limit: 500, risk: 'low' },
        comment: 'An old customer.',
      });
      language.task = items[0]?.id ?? '';
      return run;
    };
    language.awaiting = await answered('o-1');
    language.undoable = await answered('o-2');
    await call(page, 'POST', '/events', { type: 'payment.received', data: { orderId: 'o-2' } });
    await untilRun(page, language.undoable, 'completed');
    language.asking = await startRun(page, approvals, { orderId: 'o-3', lines: LINES });
    await tellShop(page, 'ship', { mode: 'refuse' });
    await tellShop(page, 'release', { mode: 'refuse' });
    language.stuck = await startRun(page, await publish(page, 'Fulfilment', fulfilmentSaga()), { orderId: 'o-4' });
    await untilRun(page, language.stuck, 'blocked');
    await untilRun(page, language.asking, 'waiting');
  });

  it.each(THEMES)('is in order with tasks, waits and loops, %s', async (theme) => {
    const wrong = await atEverySize(async (size) =>
      look(await pageOf(size, theme), `${size}-${theme}`, [
        { name: 'tasks', path: '/tasks?list=open', ready: heading('Approve order o-3') },
        { name: 'task-done', path: `/tasks?list=done&task=${language.task}`, ready: heading('An old customer.') },
        { name: 'task', path: '/tasks?list=mine', ready: refusedAnswer },
        { name: 'run-asking', path: `/runs/${language.asking}?view=canvas`, ready: drawn },
        {
          name: 'run-loop-step',
          path: `/runs/${language.awaiting}?view=timeline&step=lines`,
          ready: heading('item 3'),
        },
        {
          name: 'run-loop-journal',
          path: `/runs/${language.awaiting}?view=journal`,
          ready: heading('Order lines opened'),
        },
      ]),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps a type of event, an event that does not fit it, and an endpoint', async () => {
    const { page } = await pageOf('desktop', 'light');
    const type = 'parcel.weighed';
    await call(page, 'PUT', `/event-types/${type}`, { policy: 'reject' });
    await call(page, 'POST', `/event-types/${type}/versions`, {
      schema: { type: 'object', properties: { grams: { type: 'integer' } }, required: ['grams'] },
    });
    await call(page, 'POST', '/events', { type, data: { grams: 'heavy' } });
    const { items } = await call<{ items: { id: string }[] }>(page, 'GET', '/dead-letters');
    store.letter = items[0]?.id ?? '';
    const wish = { name: 'Parcel service', url: 'https://example.com/hook', types: ['parcel.*'] };
    const made = await call<{ endpoint: { id: string } }>(page, 'POST', '/endpoints', wish);
    store.endpoint = made.endpoint.id;
    await call(page, 'POST', `/endpoints/${store.endpoint}/pause`);
  });

  it.each(THEMES)('is in order with types, dead letters and endpoints, %s', async (theme) => {
    const wrong = await atEverySize(async (size) =>
      look(await pageOf(size, theme), `${size}-${theme}`, [
        { name: 'type', path: '/events/types?type=parcel.weighed', ready: heading('Rules') },
        {
          name: 'type-version',
          path: '/events/types?type=parcel.weighed',
          ready: asked('New version…', /Version 2/),
        },
        {
          name: 'dead-letter',
          path: `/events/dead-letters?letter=${store.letter}`,
          ready: heading('Why it did not go on'),
        },
        {
          name: 'dead-letter-edit',
          path: `/events/dead-letters?letter=${store.letter}`,
          ready: asked('Edit and send…', /Edit and send/),
        },
        { name: 'endpoint', path: `/events/endpoints?endpoint=${store.endpoint}`, ready: heading('No deliveries') },
        { name: 'endpoint-new', path: '/events/endpoints', ready: asked('New endpoint', /New endpoint/) },
      ]),
    );
    expect(wrong).toEqual([]);
  });

  it.each(THEMES)('asks before it decides, %s', async (theme) => {
    const wrong = await atEverySize(async (size) =>
      look(await pageOf(size, theme), `${size}-${theme}`, [
        {
          name: 'send-event',
          path: `/runs/${language.awaiting}?view=data`,
          ready: asked('Send this event…', /Send an event/),
        },
        { name: 'undo-run', path: `/runs/${language.undoable}?view=canvas`, ready: asked('Undo run', /Undo this run/) },
        { name: 'resolve', path: `/runs/${language.stuck}?view=journal`, ready: asked('Resolve…', /Resolve/) },
        {
          name: 'terminate',
          path: `/runs/${language.asking}?view=timeline`,
          ready: asked('More', /Terminate/, /Terminate/),
        },
      ]),
    );
    expect(wrong).toEqual([]);
  });
});

/** Opens the task and lets its form say what is missing. */
async function refusedAnswer(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Approve order o-3' }).click();
  await page.getByRole('form').getByRole('button', { name: 'reject' }).click();
  await page.getByText('Choose one.').waitFor();
}

/** Opens a dialog by its button, or by an entry of the button's menu. */
function asked(button: string, dialog: RegExp, entry?: RegExp) {
  return async (page: Page) => {
    await page.getByRole('button', { name: button }).first().click();
    if (entry !== undefined) await page.getByRole('menuitem', { name: entry }).click();
    await page.getByRole('dialog', { name: dialog }).waitFor();
  };
}

/** Serious and critical findings, one line each. */
async function axeFindings(page: Page): Promise<string[]> {
  // A page keeps it from one screen to the next.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run(
      // Base UI's focus guards are focusable on purpose and hidden on purpose: they catch Tab at a dialog's border.
      { exclude: ['[data-base-ui-focus-guard]'] },
      { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] },
    );
    return violations
      .filter((each) => each.impact === 'serious' || each.impact === 'critical')
      .flatMap((each) => each.nodes.slice(0, 3).map((node) => `${each.id} at ${node.target.join(' ')}`));
  });
}
