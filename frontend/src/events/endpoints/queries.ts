import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Delivery } from '@sagawright/shared/contracts';
import { client } from '../../api/index.js';

export const endpointKeys = { all: ['endpoints'] } as const;

/** How often it is asked what has become of deliveries: often while some are under way, else for what comes anew. */
const UNDER_WAY_MS = 3000;
const AT_REST_MS = 10_000;

const againAfter = (underWay: boolean | undefined) => (underWay === true ? UNDER_WAY_MS : AT_REST_MS);

export const endpointsQuery = queryOptions({
  queryKey: [...endpointKeys.all, 'list'],
  queryFn: ({ signal }) => client.listEndpoints({}, { signal }),
  refetchInterval: ({ state }) => againAfter(state.data?.items.some(({ pending }) => pending > 0)),
});

export function endpointQuery(id: string) {
  return queryOptions({
    queryKey: [...endpointKeys.all, id],
    queryFn: ({ signal }) => client.getEndpoint({ params: { id } }, { signal }),
    refetchInterval: ({ state }) => againAfter((state.data?.pending ?? 0) > 0),
  });
}

export function deliveriesQuery(id: string, status: Delivery['status'] | undefined) {
  return infiniteQueryOptions({
    queryKey: [...endpointKeys.all, id, 'deliveries', { status }],
    queryFn: ({ signal, pageParam }) =>
      client.listDeliveries({ params: { id }, query: { status, limit: 20, cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) =>
      againAfter(state.data?.pages.some(({ items }) => items.some((each) => each.status === 'pending'))),
  });
}

export function deliveryQuery(id: string) {
  return queryOptions({
    queryKey: [...endpointKeys.all, 'delivery', id],
    queryFn: ({ signal }) => client.getDelivery({ params: { id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? UNDER_WAY_MS : false),
  });
}
