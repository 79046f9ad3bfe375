import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.js';

/** Asks again when the world was not in the mood; an answer that says no is an answer. */
export function shouldRetry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.problem.status < 500 && error.problem.status !== 429) return false;
  return failures < 2;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: shouldRetry, staleTime: 2000, refetchOnWindowFocus: true } },
  });
}
