import { useSyncExternalStore } from 'react';

/** One ticking clock for the whole page: a thousand live times cost one timer. */
function ticker(periodMs: number): { subscribe: (listen: () => void) => () => void; read: () => number } {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | null = null;
  return {
    subscribe(listen) {
      listeners.add(listen);
      if (timer === null) {
        now = Date.now();
        timer = setInterval(() => {
          now = Date.now();
          for (const each of listeners) each();
        }, periodMs);
      }
      return () => {
        listeners.delete(listen);
        if (listeners.size === 0 && timer !== null) {
          clearInterval(timer);
          timer = null;
        }
      };
    },
    read() {
      if (timer === null) now = Math.floor(Date.now() / periodMs) * periodMs;
      return now;
    },
  };
}

const slow = ticker(1000);
const fast = ticker(200);
const still = (): (() => void) => () => undefined;

/**
 * The present, in milliseconds since 1970.
 *
 * @param live false freezes it and costs nothing
 * @param pace `second` for words, `smooth` for running bars and stopwatches
 */
export function useNow(live = true, pace: 'second' | 'smooth' = 'second'): number {
  const clock = pace === 'smooth' ? fast : slow;
  return useSyncExternalStore(live ? clock.subscribe : still, clock.read, clock.read);
}
