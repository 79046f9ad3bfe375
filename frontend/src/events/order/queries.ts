import { infiniteQueryOptions } from '@tanstack/react-query';
import { client } from '../../api/index.js';

export const laneKeys = { all: ['lanes'] } as const;

/** Lanes move while one looks. */
const AGAIN_MS = 5000;

export interface LaneSearch {
  /** All that hold a run when it is left out. */
  readonly state?: 'blocked' | 'paused' | 'all' | undefined;
  readonly workflowId?: string | undefined;
}

export function lanesQuery({ state, workflowId }: LaneSearch) {
  return infiniteQueryOptions({
    queryKey: [...laneKeys.all, { state, workflowId }],
    queryFn: ({ signal, pageParam }) =>
      client.listLanes({ query: { state, workflowId, cursor: pageParam } }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: AGAIN_MS,
  });
}
