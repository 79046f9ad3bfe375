/** What the app asks the backend for, with the keys under which the answers are kept. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { RunStatus } from '@sagawright/shared/saga';
import { client, rememberLogin } from './client.js';

export const keys = {
  me: ['me'],
  workspace: ['workspace'],
  apiKeys: ['api-keys'],
  templates: ['templates'],
  workflows: ['workflows'],
  workflow: (id: string) => ['workflow', id],
  versions: (id: string) => ['workflow', id, 'versions'],
  runs: ['runs'],
  run: (id: string) => ['run', id],
  demoShop: ['demo-shop'],
} as const;

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async ({ signal }) => rememberLogin(await client.me({}, { signal })),
  staleTime: Infinity,
  retry: false,
});

/** Whether the workspace stands still. */
export const workspaceQuery = queryOptions({
  queryKey: keys.workspace,
  queryFn: ({ signal }) => client.getWorkspace({}, { signal }),
  refetchInterval: 30_000,
});

export const apiKeysQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: ({ signal }) => client.listApiKeys({}, { signal }),
});

export const templatesQuery = queryOptions({
  queryKey: keys.templates,
  queryFn: ({ signal }) => client.listTemplates({}, { signal }),
  staleTime: Infinity,
});

export function workflowsQuery(search: string) {
  return infiniteQueryOptions({
    queryKey: [...keys.workflows, { search }],
    queryFn: ({ signal, pageParam }) =>
      client.listWorkflows({ query: { search: search === '' ? undefined : search, cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function workflowQuery(id: string) {
  return queryOptions({
    queryKey: keys.workflow(id),
    queryFn: ({ signal }) => client.getWorkflow({ params: { id } }, { signal }),
  });
}

export interface RunFilter {
  readonly workflowId?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** What a run is about: a subject, an id or a number. */
  readonly search?: string | undefined;
}

export function runsQuery(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: [...keys.runs, 'list', filter],
    queryFn: ({ signal, pageParam }) => client.listRuns({ query: { ...filter, cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** Counts per status, whatever status is being looked at. */
export function runCountsQuery(filter: Omit<RunFilter, 'status'>) {
  return queryOptions({
    queryKey: [...keys.runs, 'counts', filter],
    queryFn: async ({ signal }) => (await client.listRuns({ query: { ...filter, limit: 1 } }, { signal })).counts,
  });
}

export function runQuery(id: string) {
  return queryOptions({
    queryKey: keys.run(id),
    queryFn: ({ signal }) => client.getRun({ params: { id } }, { signal }),
  });
}

export function demoShopQuery(orderId: string) {
  return queryOptions({
    queryKey: [...keys.demoShop, { orderId }],
    queryFn: ({ signal }) =>
      client.getDemoShop({ query: { orderId: orderId === '' ? undefined : orderId } }, { signal }),
    retry: false,
  });
}
