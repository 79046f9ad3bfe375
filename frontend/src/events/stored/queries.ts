import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from '../../api/index.js';

export const eventKeys = { all: ['events'] } as const;

/** What of the store is looked at. */
export interface EventSearch {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
  /** `data.order.id=A-1`. */
  readonly where?: string | undefined;
}

export function eventsQuery(search: EventSearch) {
  return infiniteQueryOptions({
    queryKey: [...eventKeys.all, 'list', search],
    queryFn: ({ signal, pageParam }) => client.listEvents({ query: { ...search, cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function eventQuery(position: number) {
  return queryOptions({
    queryKey: [...eventKeys.all, position],
    queryFn: ({ signal }) => client.getEvent({ params: { position } }, { signal }),
  });
}
