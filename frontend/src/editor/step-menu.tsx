/** What can be done with the selection: one description for the right-click menu and the command palette. */
import { isHolder } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';
import { Group, Repeat, Rows3, Shield, Ungroup, Workflow } from 'lucide-react';
import type { MenuEntry } from '../ui/index.js';
import type { EditorActions, WrapKind } from './actions.js';
import { SHORTCUTS } from './shortcuts.js';
import type { ShortcutId } from './shortcuts.js';

export const WRAPS: readonly { readonly kind: WrapKind; readonly label: string; readonly icon: typeof Shield }[] = [
  { kind: 'scope', label: 'Put into a scope', icon: Shield },
  { kind: 'for-each', label: 'Put into a for each', icon: Rows3 },
  { kind: 'repeat', label: 'Put into a repeat', icon: Repeat },
  { kind: 'group', label: 'Group', icon: Group },
];

export interface StepMenu {
  readonly graph: Graph;
  readonly selected: readonly NodeId[];
  readonly actions: EditorActions;
  readonly perform: (id: ShortcutId) => void;
}

/** Entries of the right-click menu: of the selection, or of the empty canvas. */
export function stepMenu({ graph, selected, actions, perform }: StepMenu): MenuEntry[] {
  const command = (id: ShortcutId, label: string, more: object = {}): MenuEntry => ({
    id,
    label,
    shortcut: keyOf(id),
    onSelect: () => {
      perform(id);
    },
    ...more,
  });
  if (selected.length === 0) {
    return [
      command('add', 'Add a step'),
      command('selectAll', 'Select everything'),
      command('tidy', 'Tidy up'),
      command('turn', graph.settings.direction === 'lr' ? 'Draw downwards' : 'Draw to the right'),
      command('fit', 'Fit everything'),
    ];
  }
  const single = selected.length === 1 ? graph.nodes[selected[0] ?? ''] : undefined;
  return [
    ...(single
      ? [
          command('append', 'Add a step after'),
          command('connect', 'Connect to…'),
          command('rename', 'Rename'),
          command('replace', 'Replace the type…'),
        ]
      : []),
    command('duplicate', 'Duplicate'),
    { kind: 'separator', id: 'structure' },
    ...WRAPS.map(({ kind, label, icon: Icon }): MenuEntry => ({
      id: `wrap-${kind}`,
      label,
      icon: <Icon size={14} aria-hidden="true" />,
      ...(kind === 'group' ? { shortcut: keyOf('group') } : {}),
      onSelect: () => {
        actions.wrap(kind);
      },
    })),
    ...(single && isHolder(single)
      ? [command('unwrap', 'Take it away, keep the steps', { icon: <Ungroup size={14} aria-hidden="true" /> })]
      : []),
    command('extract', 'Make a sub-workflow…', { icon: <Workflow size={14} aria-hidden="true" /> }),
    { kind: 'separator', id: 'end' },
    command('delete', 'Delete', { danger: true }),
  ];
}

/** The first key of a shortcut. */
export function keyOf(id: ShortcutId): string {
  return SHORTCUTS.find((each) => each.id === id)?.keys[0] ?? '';
}
