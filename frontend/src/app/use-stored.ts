import { useCallback, useState } from 'react';

/** A small preference that outlives the page, kept as text. */
export function useStored(key: string, initial: string): readonly [string, (value: string) => void] {
  const [value, setValue] = useState(() => {
    try {
      return localStorage.getItem(key) ?? initial;
    } catch {
      return initial;
    }
  });
  const store = useCallback(
    (next: string) => {
      setValue(next);
      try {
        localStorage.setItem(key, next);
      } catch {
        // Storage may be forbidden or full; the preference then lasts as long as the page.
      }
    },
    [key],
  );
  return [value, store];
}
