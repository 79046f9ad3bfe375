import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Delivery } from '@sagawright/shared/contracts';
import { client } from '../../api/index.js';

export const endpointKeys = { all: ['endpoints'] } as const;

/** How often deliveries under way are asked for. */
const UNDER_WAY_MS = 3000;

export const endpointsQuery = queryOptions({
  queryKey: [...endpointKeys.all, 'list'],
  queryFn: ({ signal }) => client.listEndpoints({}, { signal }),
});

export function endpointQuery(id: string) {
  return queryOptions({
    queryKey: [...endpointKeys.all, id],
    queryFn: ({ signal }) => client.getEndpoint({ params: { id } }, { signal }),
    refetchInterval: ({ state }) => ((state.data?.pending ?? 0) > 0 ? UNDER_WAY_MS : false),
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
      state.data?.pages.some(({ items }) => items.some((each) => each.status === 'pending')) === true
        ? UNDER_WAY_MS
        : false,
  });
}

export function deliveryQuery(id: string) {
  return queryOptions({
    queryKey: [...endpointKeys.all, 'delivery', id],
    queryFn: ({ signal }) => client.getDelivery({ params: { id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? UNDER_WAY_MS : false),
  });
}
