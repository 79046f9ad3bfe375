import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { streamUrl } from '@sagawright/shared/contracts';
import { openEventStream } from '../api/index.js';
import { taskKeys } from './queries.js';

/** However many runs move, the lists are asked for at most this often. */
const PAUSE_MS = 700;

/** Asks for tasks anew when runs move: a task is opened, answered and withdrawn by its run. */
export function useTaskNews(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const ask = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        void queries.invalidateQueries({ queryKey: taskKeys.all });
      }, PAUSE_MS);
    };
    const close = openEventStream({ url: streamUrl('', 'liveRuns', { query: {} }), onEvent: ask, onResume: ask });
    return () => {
      close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [queries]);
}
