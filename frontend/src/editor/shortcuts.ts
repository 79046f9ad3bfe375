/** Every shortcut of the editor in one table: keys are bound from it and the help lists it (E95). */

export const SHORTCUTS = [
  { id: 'add', keys: ['N', '/'], label: 'Add a step', group: 'Steps' },
  { id: 'append', keys: ['A'], label: 'Add a step after the selected one', group: 'Steps' },
  { id: 'replace', keys: ['R'], label: 'Replace the type of the step', group: 'Steps' },
  { id: 'rename', keys: ['F2', 'E'], label: 'Rename', group: 'Steps' },
  { id: 'open', keys: ['Enter'], label: 'Open the step', group: 'Steps', by: 'canvas' },
  { id: 'connect', keys: ['C'], label: 'Connect to another step', group: 'Steps' },
  { id: 'duplicate', keys: ['Ctrl+D'], label: 'Duplicate', group: 'Steps' },
  { id: 'copy', keys: ['Ctrl+C'], label: 'Copy', group: 'Steps', by: 'browser' },
  { id: 'cut', keys: ['Ctrl+X'], label: 'Cut', group: 'Steps', by: 'browser' },
  { id: 'paste', keys: ['Ctrl+V'], label: 'Paste', group: 'Steps', by: 'browser' },
  { id: 'wrap', keys: ['W'], label: 'Put the selection into a container', group: 'Steps' },
  { id: 'group', keys: ['Ctrl+G'], label: 'Group the selection', group: 'Steps' },
  { id: 'unwrap', keys: ['Ctrl+Shift+G'], label: 'Take the container or group away', group: 'Steps' },
  { id: 'extract', keys: ['Alt+X'], label: 'Make a sub-workflow of the selection', group: 'Steps' },
  { id: 'delete', keys: ['Delete', 'Backspace'], label: 'Delete and close the gap', group: 'Steps' },
  { id: 'deleteOnly', keys: ['Shift+Delete'], label: 'Delete, leave the gap', group: 'Steps' },
  { id: 'selectAll', keys: ['Ctrl+A'], label: 'Select everything', group: 'Canvas' },
  { id: 'walk', keys: ['Arrow keys'], label: 'Walk along the flow', group: 'Canvas', by: 'canvas' },
  { id: 'ends', keys: ['Home', 'End'], label: 'First and last step', group: 'Canvas', by: 'canvas' },
  { id: 'nudgeLeft', keys: ['Ctrl+ArrowLeft'], label: 'Move left', group: 'Canvas' },
  { id: 'nudgeRight', keys: ['Ctrl+ArrowRight'], label: 'Move right', group: 'Canvas' },
  { id: 'nudgeUp', keys: ['Ctrl+ArrowUp'], label: 'Move up', group: 'Canvas' },
  { id: 'nudgeDown', keys: ['Ctrl+ArrowDown'], label: 'Move down', group: 'Canvas' },
  { id: 'tidy', keys: ['Shift+Alt+T'], label: 'Tidy up', group: 'Canvas' },
  { id: 'turn', keys: ['Shift+Alt+D'], label: 'Turn the drawing: to the right, or downwards', group: 'Canvas' },
  { id: 'zoomIn', keys: ['+', '='], label: 'Zoom in', group: 'Canvas' },
  { id: 'zoomOut', keys: ['-'], label: 'Zoom out', group: 'Canvas' },
  { id: 'zoomFull', keys: ['0'], label: 'Zoom to 100 %', group: 'Canvas' },
  { id: 'fit', keys: ['1'], label: 'Fit everything', group: 'Canvas' },
  { id: 'fitSelection', keys: ['2'], label: 'Fit the selection', group: 'Canvas' },
  { id: 'outline', keys: ['O'], label: 'Outline: the drawing as a list', group: 'Canvas' },
  { id: 'undoView', keys: ['U'], label: 'Undo view: what goes back if a step fails', group: 'Canvas' },
  { id: 'proof', keys: ['P'], label: 'Proof: what happens at every point of failure', group: 'Workflow' },
  { id: 'settings', keys: [','], label: 'Settings of the workflow', group: 'Workflow' },
  { id: 'undo', keys: ['Ctrl+Z'], label: 'Undo', group: 'Workflow' },
  { id: 'redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], label: 'Redo', group: 'Workflow' },
  { id: 'nextProblem', keys: ['F8'], label: 'Next problem', group: 'Workflow' },
  { id: 'previousProblem', keys: ['Shift+F8'], label: 'Previous problem', group: 'Workflow' },
  { id: 'save', keys: ['Ctrl+S'], label: 'Save now', group: 'Workflow' },
  { id: 'run', keys: ['Ctrl+Enter'], label: 'Run', group: 'Workflow' },
  { id: 'publish', keys: ['Alt+P'], label: 'Publish', group: 'Workflow' },
  { id: 'escape', keys: ['Escape'], label: 'Close the panel, let go of the selection', group: 'Workflow' },
  { id: 'help', keys: ['?'], label: 'This list', group: 'Workflow' },
] as const satisfies readonly {
  readonly id: string;
  readonly keys: readonly string[];
  readonly label: string;
  readonly group: string;
  /** Bound elsewhere: by the canvas' own walk or by the browser's clipboard events. */
  readonly by?: 'canvas' | 'browser';
}[];

export type ShortcutId = (typeof SHORTCUTS)[number]['id'];

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  /** Where Alt makes other letters, the physical key tells which one it was. */
  readonly code: string;
}

/** `Ctrl+Shift+Z`; shift is left out where it only makes the sign (`?`, `+`). */
export function chordOf({ key, ctrlKey, metaKey, shiftKey, altKey, code }: Pressed): string {
  const letter = altKey && /^Key[A-Z]$/.test(code) ? code.slice(3) : key.length === 1 ? key.toUpperCase() : key;
  const sign = key.length === 1 && !/[a-z]/i.test(letter);
  return [ctrlKey || metaKey ? 'Ctrl' : '', shiftKey && !sign ? 'Shift' : '', altKey ? 'Alt' : '', letter]
    .filter((part) => part !== '')
    .join('+');
}

const BOUND = new Map<string, ShortcutId>(
  SHORTCUTS.flatMap((each) => ('by' in each ? [] : each.keys.map((key): [string, ShortcutId] => [key, each.id]))),
);

export function shortcutOf(pressed: Pressed): ShortcutId | null {
  return BOUND.get(chordOf(pressed)) ?? null;
}
