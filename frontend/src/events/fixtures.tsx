/** A part of the events room as tests open it: an interface that answers from a table, and what was asked of it. */
import { jest } from '@jest/globals';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  RouterProvider,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
} from '@tanstack/react-router';
import { configure, render } from '@testing-library/react';
import type { ReactElement } from 'react';
import { API_PREFIX } from '@sagawright/shared/contracts';
import { ToastProvider, TooltipProvider } from '../ui/index.js';

// A busy machine draws a whole part slowly.
jest.setTimeout(60_000);
configure({ asyncUtilTimeout: 20_000 });

export interface Asked {
  /** `POST /dead-letters/a1/discard`, without the query. */
  readonly what: string;
  readonly body: unknown;
}

/** An answer outside 2xx. */
export class Refused {
  constructor(
    readonly status: number,
    readonly problem: { readonly code: string; readonly detail: string; readonly context?: unknown },
  ) {}
}

/** @param answers by method and path; an interface asked for anything else answers 404 @returns what was asked so far */
export function openRoom(room: ReactElement, answers: Readonly<Record<string, unknown>>): readonly Asked[] {
  const asked: Asked[] = [];
  globalThis.fetch = ((url: string, init: { readonly method: string; readonly body?: string }) => {
    const path = url.replace(API_PREFIX, '').replace(/\?.*/, '');
    const what = `${init.method} ${path}`;
    asked.push({ what, body: init.body === undefined ? undefined : JSON.parse(init.body) });
    const answer = what in answers ? answers[what] : new Refused(404, { code: 'route.not-found', detail: what });
    const [status, body] =
      answer instanceof Refused
        ? [
            answer.status,
            { type: 'about:blank', title: 'Refused', instance: 'r-1', ...answer.problem, status: answer.status },
          ]
        : [200, answer];
    return Promise.resolve({ ok: status < 300, status, text: () => Promise.resolve(JSON.stringify(body)) });
  }) as unknown as typeof fetch;
  globalThis.matchMedia = () =>
    ({ matches: true, addEventListener: () => undefined, removeEventListener: () => undefined }) as never;
  globalThis.scrollTo = () => undefined;
  const rootRoute = createRootRoute();
  const everywhere = createRoute({ getParentRoute: () => rootRoute, path: '$', component: () => room });
  const router = createRouter({
    routeTree: rootRoute.addChildren([everywhere]),
    history: createMemoryHistory({ initialEntries: ['/events'] }),
  });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <TooltipProvider>
        <ToastProvider>
          <RouterProvider router={router as never} />
        </ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>,
  );
  // Answers come when they come, as in the browser; tests wait for what they show.
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
  return asked;
}

/** What of it changed something. */
export function changes(asked: readonly Asked[]): readonly Asked[] {
  return asked.filter(({ what }) => !what.startsWith('GET '));
}
