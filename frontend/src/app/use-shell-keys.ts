import { useEffect, useRef } from 'react';

type Destination = '/workflows' | '/runs' | '/tasks' | '/events' | '/demo-shop' | '/settings';

export interface ShellKeys {
  readonly onPalette: () => void;
  readonly onHelp: () => void;
  readonly onFold: () => void;
  readonly onGo: (to: Destination) => void;
}

const GO: Readonly<Record<string, Destination>> = {
  w: '/workflows',
  r: '/runs',
  t: '/tasks',
  e: '/events',
  d: '/demo-shop',
  s: '/settings',
};

/** Whether a key belongs to what is being typed. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, [role="dialog"], [role="alertdialog"], [role="menu"]') !== null)
  );
}

/** The keys that work on every page. A page that has used a key (default prevented) keeps it. */
export function useShellKeys(keys: ShellKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    let going = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        if (key === 'k') latest.current.onPalette();
        else if (key === 'b' && !isTyping(event.target)) latest.current.onFold();
        else return;
        event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (key === '?') {
        latest.current.onHelp();
        return;
      }
      const to = event.timeStamp - going < 1000 ? GO[key] : undefined;
      going = key === 'g' ? event.timeStamp : 0;
      if (to !== undefined) {
        event.preventDefault();
        latest.current.onGo(to);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, []);
}
