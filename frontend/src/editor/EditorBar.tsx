/** What stands in the page's head: how the draft relates to what is live, whether it is saved, and the large commands. */
import type { Workflow } from '@sagawright/shared/contracts';
import {
  ArrowDownFromLine,
  ArrowRightFromLine,
  Keyboard,
  Play,
  Redo2,
  ShieldCheck,
  SlidersHorizontal,
  Sparkles,
  Undo,
  Undo2,
  Upload,
} from 'lucide-react';
import type { ReactElement } from 'react';
import { Badge, Button, IconButton } from '../ui/index.js';
import { useEditor, useEditorStore } from './editor-store.js';
import type { ShortcutId } from './shortcuts.js';
import { SAVE_WORDS } from './use-saving.js';

export function DraftMark({
  workflow,
  changes,
}: {
  readonly workflow: Workflow;
  readonly changes: number | null;
}): ReactElement {
  const store = useEditorStore();
  const status = useEditor((state) => state.saveStatus);
  const revision = useEditor((state) => state.revision);
  return (
    <span className="ml-2 flex min-w-0 items-center gap-2 max-sm:hidden">
      <span className={status === 'conflict' ? 'max-lg:hidden' : 'contents'}>
        <Badge>{draftWords(workflow, changes)}</Badge>
      </span>
      <span
        role="status"
        data-save-status={status}
        data-saved-revision={revision}
        className="text-12 text-muted max-md:hidden"
      >
        {SAVE_WORDS[status]}
      </span>
      {status === 'conflict' && (
        <Button
          size="compact"
          onClick={() => {
            store.setState({ dialog: { kind: 'conflict' } });
          }}
        >
          Decide
        </Button>
      )}
    </span>
  );
}

function draftWords({ published }: Workflow, changes: number | null): string {
  if (published === null || changes === null) return 'Draft – not published';
  if (changes === 0) return `v${published.number} is live`;
  return `Draft – ${changes} ${changes === 1 ? 'change' : 'changes'} since v${published.number}`;
}

export function EditorButtons({ perform }: { readonly perform: (id: ShortcutId) => void }): ReactElement {
  const history = useEditor((state) => state.history);
  const undoView = useEditor((state) => state.undoFailing !== null);
  const proof = useEditor((state) => state.proofOpen);
  const settings = useEditor((state) => state.settingsOpen);
  const down = useEditor((state) => state.graph.settings.direction === 'tb');
  const doing = (id: ShortcutId) => () => {
    perform(id);
  };
  return (
    <>
      <IconButton label="Undo" shortcut="Ctrl+Z" disabled={history.past.length === 0} onClick={doing('undo')}>
        <Undo size={15} aria-hidden="true" />
      </IconButton>
      <IconButton label="Redo" shortcut="Ctrl+Shift+Z" disabled={history.future.length === 0} onClick={doing('redo')}>
        <Redo2 size={15} aria-hidden="true" />
      </IconButton>
      <IconButton label="Tidy up" shortcut="Shift+Alt+T" className="max-md:hidden" onClick={doing('tidy')}>
        <Sparkles size={15} aria-hidden="true" />
      </IconButton>
      <IconButton
        label={down ? 'Draw to the right' : 'Draw downwards'}
        shortcut="Shift+Alt+D"
        className="max-lg:hidden"
        onClick={doing('turn')}
      >
        {down ? (
          <ArrowRightFromLine size={15} aria-hidden="true" />
        ) : (
          <ArrowDownFromLine size={15} aria-hidden="true" />
        )}
      </IconButton>
      <IconButton label="Undo view" shortcut="U" pressed={undoView} onClick={doing('undoView')}>
        <Undo2 size={15} aria-hidden="true" className={undoView ? 'text-undo' : ''} />
      </IconButton>
      <IconButton label="Proof" shortcut="P" pressed={proof} onClick={doing('proof')}>
        <ShieldCheck size={15} aria-hidden="true" />
      </IconButton>
      <IconButton label="Workflow settings" shortcut="," pressed={settings} onClick={doing('settings')}>
        <SlidersHorizontal size={15} aria-hidden="true" />
      </IconButton>
      <IconButton label="Keyboard shortcuts" shortcut="?" className="max-lg:hidden" onClick={doing('help')}>
        <Keyboard size={15} aria-hidden="true" />
      </IconButton>
      <Button onClick={doing('run')}>
        <Play size={14} aria-hidden="true" /> Run
      </Button>
      <Button variant="primary" onClick={doing('publish')}>
        <Upload size={14} aria-hidden="true" /> Publish
      </Button>
    </>
  );
}
