import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { QueryKey, UseMutationResult } from '@tanstack/react-query';
import { useToasts } from '../ui/index.js';
import { problemOf } from './problem.js';

export interface ActionOptions<Input, Output> {
  readonly run: (input: Input) => Promise<Output>;
  /** Answers that this makes stale. */
  readonly invalidates?: readonly QueryKey[];
  readonly onDone?: (output: Output, input: Input) => void;
  /** false = the caller shows the problem beside the form. */
  readonly toastProblem?: boolean;
}

/** Something the person does: sent, stale answers fetched again, a refusal told in words. */
export function useAction<Input = undefined, Output = unknown>({
  run,
  invalidates = [],
  onDone,
  toastProblem = true,
}: ActionOptions<Input, Output>): UseMutationResult<Output, Error, Input> {
  const queries = useQueryClient();
  const toasts = useToasts();
  return useMutation<Output, Error, Input>({
    mutationFn: run,
    onSuccess: (output, input) => {
      for (const queryKey of invalidates) void queries.invalidateQueries({ queryKey });
      onDone?.(output, input);
    },
    onError: (error) => {
      if (!toastProblem) return;
      const problem = problemOf(error);
      toasts.show({ tone: 'failed', title: problem.title, description: problem.detail });
    },
  });
}
