/** The tools of the selected step (E8); every one is a shortcut too. */
import { isDecoration, isFinal } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import { Copy, Pencil, Plus, Replace, Trash2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { IconButton } from '../ui/index.js';
import type { ShortcutId } from './shortcuts.js';

export function StepToolbar({
  node,
  onKey,
}: {
  readonly node: GraphNode;
  readonly onKey: (id: ShortcutId) => void;
}): ReactElement {
  const tool = (id: ShortcutId, label: string, shortcut: string, icon: ReactElement) => (
    <IconButton
      label={label}
      shortcut={shortcut}
      tooltipSide="top"
      onClick={() => {
        onKey(id);
      }}
    >
      {icon}
    </IconButton>
  );
  return (
    <div
      role="toolbar"
      aria-label={`Tools of ${node.name}`}
      className="flex gap-0.5 rounded-card border border-border bg-raised p-0.5 shadow-menu"
    >
      {!isFinal(node.kind) &&
        !isDecoration(node.kind) &&
        tool('append', 'Add a step after', 'A', <Plus size={15} aria-hidden="true" />)}
      {tool('rename', 'Rename', 'F2', <Pencil size={14} aria-hidden="true" />)}
      {tool('replace', 'Replace the type', 'R', <Replace size={14} aria-hidden="true" />)}
      {tool('duplicate', 'Duplicate', 'Ctrl+D', <Copy size={14} aria-hidden="true" />)}
      {tool('delete', 'Delete', 'Del', <Trash2 size={14} aria-hidden="true" />)}
    </div>
  );
}
