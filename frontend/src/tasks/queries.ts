/** What the inbox asks the backend for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from '../api/index.js';

export const TASK_LISTS = ['mine', 'open', 'done'] as const;
/** `mine`: what the caller is asked for; `open`: whatever waits for anybody; `done`: what was answered. */
export type TaskList = (typeof TASK_LISTS)[number];

export const taskKeys = { all: ['tasks'] } as const;

/** More than that are not counted. */
const COUNTED = 100;

export interface TaskFilter {
  readonly list: TaskList;
  readonly workflowId?: string | undefined;
}

function asked({ list, workflowId }: TaskFilter) {
  return {
    status: list === 'done' ? ('completed' as const) : ('open' as const),
    mine: list === 'mine' ? ('true' as const) : ('false' as const),
    workflowId,
  };
}

export function tasksQuery(filter: TaskFilter) {
  return infiniteQueryOptions({
    queryKey: [...taskKeys.all, 'list', filter],
    queryFn: ({ signal, pageParam }) =>
      client.listTasks({ query: { ...asked(filter), cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** How many tasks there are; from 100 on they are not counted. */
export function taskCountQuery(filter: TaskFilter) {
  return queryOptions({
    queryKey: [...taskKeys.all, 'count', filter],
    queryFn: async ({ signal }) =>
      (await client.listTasks({ query: { ...asked(filter), limit: COUNTED } }, { signal })).items.length,
    refetchInterval: 15_000,
  });
}

/** `7`, or `99+`. */
export function countWords(count: number): string {
  return count >= COUNTED ? `${String(COUNTED - 1)}+` : String(count);
}

/**
 * Open tasks of a run.
 *
 * @param wait what is waited for: another wait is asked about anew
 */
export function runTasksQuery(runId: string, wait: string) {
  return queryOptions({
    queryKey: [...taskKeys.all, 'run', runId, wait],
    queryFn: ({ signal }) =>
      client.listTasks({ query: { runId, status: 'open', mine: 'false', limit: 200 } }, { signal }),
  });
}

export function taskQuery(id: string) {
  return queryOptions({
    queryKey: [...taskKeys.all, 'one', id],
    queryFn: ({ signal }) => client.getTask({ params: { id } }, { signal }),
  });
}
