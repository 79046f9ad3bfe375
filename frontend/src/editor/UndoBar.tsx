/** Says in words what the undo view draws (E79), and lets one choose the failing step. */
import { Undo2, X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { UndoView } from '../canvas/index.js';
import { IconButton, Select } from '../ui/index.js';
import { useEditor, useEditorStore } from './editor-store.js';
import { takenWords } from './taken-words.js';

const REASONS: Readonly<Record<string, string>> = {
  irreversible: 'cannot be undone',
  'not-needed': 'needs no undo',
  undeclared: 'has no undo yet',
  pivot: 'is the pivot',
  'before-pivot': 'stands before the pivot',
  skipped: 'was skipped',
};

export function UndoBar({ view }: { readonly view: UndoView | null }): ReactElement {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
  const broken = useEditor((state) => state.definition === null);
  const steppable = graph.order
    .flatMap((id) => graph.nodes[id] ?? [])
    .filter((node) => node.kind === 'fail' || 'onFailure' in node);
  const steps = [...(view?.steps ?? [])].sort((a, b) => a.order - b.order);
  const { taken = null, stays = [] } = view ?? {};
  const nameOf = (id: string) => graph.nodes[id]?.name ?? '';
  const undoName = (id: string) => {
    const node = graph.nodes[id];
    const undo = node && 'undo' in node ? node.undo : undefined;
    return undo?.kind === 'compensation' ? undo.name : (node?.name ?? '');
  };
  return (
    <div className="absolute top-3 left-1/2 z-[6] flex w-max max-w-[min(720px,calc(100%-24px))] -translate-x-1/2 flex-wrap items-center gap-x-3 gap-y-1 rounded-card border border-dashed border-undo bg-raised px-3 py-2 pr-11 text-13 max-[1099px]:top-auto max-[1099px]:bottom-14">
      <Undo2 size={15} aria-hidden="true" className="text-undo" />
      <span>If</span>
      <div className="w-44">
        <Select
          compact
          label="Failing step"
          value={view?.failing ?? ''}
          options={steppable.map((node) => ({ value: node.id, label: node.name }))}
          onChange={(id) => {
            store.setState({ undoFailing: id });
          }}
        />
      </div>
      <span aria-live="polite">
        {broken && 'fails: mend the errors first, then the way back can be told.'}
        {!broken && steps.length === 0 && !taken && 'fails, there is nothing to undo.'}
        {!broken && (steps.length > 0 || taken) && (
          <>
            fails:{' '}
            {[
              ...(steps.length > 0 ? [steps.map((step) => `${step.order} ${undoName(step.id)}`).join(', ')] : []),
              ...Object.entries(view?.notUndone ?? {}).map(
                ([id, reason]) => `${nameOf(id)} ${REASONS[reason] ?? reason}`,
              ),
              ...(taken ? [takenWords(taken, nameOf)] : []),
              ...(stays.length > 0 ? [`stays done: ${stays.map(nameOf).join(', ')}`] : []),
            ].join('; ')}
          </>
        )}
      </span>
      <span className="absolute top-1.5 right-1.5">
        <IconButton
          label="Leave the undo view"
          shortcut="U"
          onClick={() => {
            store.setState({ undoFailing: null });
          }}
        >
          <X size={15} aria-hidden="true" />
        </IconButton>
      </span>
    </div>
  );
}
