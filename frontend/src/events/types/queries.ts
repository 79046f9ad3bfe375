import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from '../../api/index.js';

export const typeKeys = { all: ['event-types'] } as const;

export function typesQuery(search: string) {
  return infiniteQueryOptions({
    queryKey: [...typeKeys.all, 'list', { search }],
    queryFn: ({ signal, pageParam }) => client.listEventTypes({ query: { search, cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function typeQuery(type: string) {
  return queryOptions({
    queryKey: [...typeKeys.all, 'one', type],
    queryFn: ({ signal }) => client.getEventType({ params: { type } }, { signal }),
  });
}

export function draftQuery(type: string) {
  return queryOptions({
    queryKey: [...typeKeys.all, 'draft', type],
    queryFn: ({ signal }) => client.draftSchema({ params: { type } }, { signal }),
    retry: false,
    gcTime: 0,
  });
}
