/** What the command palette can do besides going places: each page adds its own commands while it is shown. */
import { useEffect, useSyncExternalStore } from 'react';

export interface Command {
  readonly id: string;
  readonly label: string;
  /** Heading in the palette. */
  readonly group: string;
  readonly shortcut?: string;
  readonly run: () => void;
}

let contributions: readonly (readonly Command[])[] = [];
const listeners = new Set<() => void>();

function change(next: readonly (readonly Command[])[]): void {
  contributions = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Offers commands while the component is mounted; pass a memoised list. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => {
    change([...contributions, commands]);
    return () => {
      change(contributions.filter((each) => each !== commands));
    };
  }, [commands]);
}

export function useContributedCommands(): readonly (readonly Command[])[] {
  return useSyncExternalStore(
    subscribe,
    () => contributions,
    () => contributions,
  );
}
