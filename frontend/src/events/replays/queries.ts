import { queryOptions } from '@tanstack/react-query';
import { client } from '../../api/index.js';

export const replayKeys = { all: ['replays'] } as const;

/** How often a replay under way is asked for. */
const UNDER_WAY_MS = 1500;

export const replaysQuery = queryOptions({
  queryKey: [...replayKeys.all, 'list'],
  queryFn: ({ signal }) => client.listReplays({ query: {} }, { signal }),
  refetchInterval: ({ state }) =>
    state.data?.items.some(({ status }) => status === 'running') === true ? UNDER_WAY_MS : false,
});

export function replayQuery(id: string) {
  return queryOptions({
    queryKey: [...replayKeys.all, id],
    queryFn: ({ signal }) => client.getReplay({ params: { id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? UNDER_WAY_MS : false),
  });
}
