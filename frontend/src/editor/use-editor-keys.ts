/** The one place where the editor's keys and the clipboard are bound. */
import { useEffect } from 'react';
import { isTyping } from '../app/use-shell-keys.js';
import type { EditorActions } from './actions.js';
import { shortcutOf } from './shortcuts.js';
import type { Stage } from './stage.js';

/** What takes the keys while it is open. A toast calls itself a dialog too, yet it only says something. */
const DIALOG = ':is([role=dialog], [role=alertdialog]):not([aria-modal=false])';
/** These are meant whatever has the focus. */
const ALWAYS: ReadonlySet<string> = new Set(['save', 'run', 'nextProblem', 'previousProblem']);

export function useEditorKeys(stage: Stage, actions: EditorActions): void {
  useEffect(() => {
    const busy = (event: Event) => isTyping(event.target) || document.querySelector(`${DIALOG}, [role=menu]`) !== null;
    const onKey = (event: KeyboardEvent) => {
      const id = shortcutOf(event);
      if (id === null || event.defaultPrevented) return;
      const leaves =
        id === 'escape' && isTyping(event.target) && !document.querySelector(`${DIALOG}, .cm-tooltip-autocomplete`);
      if (busy(event) && !leaves && !(ALWAYS.has(id) && !document.querySelector(DIALOG))) return;
      event.preventDefault();
      event.stopPropagation();
      stage.perform(id);
    };
    const onCopy = (event: ClipboardEvent) => {
      if (busy(event) || String(getSelection() ?? '') !== '') return;
      const text = actions.copied();
      if (text === null) return;
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      if (event.type === 'cut') actions.remove(true);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (busy(event)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (text !== '') actions.paste(text);
    };
    addEventListener('keydown', onKey, true);
    addEventListener('copy', onCopy);
    addEventListener('cut', onCopy);
    addEventListener('paste', onPaste);
    return () => {
      removeEventListener('keydown', onKey, true);
      removeEventListener('copy', onCopy);
      removeEventListener('cut', onCopy);
      removeEventListener('paste', onPaste);
    };
  }, [actions, stage]);
}
