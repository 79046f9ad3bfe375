/** The editor's frame (7.6): bar, palette, canvas, step panel, problems. What each part does is told beside it. */
import { differences } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import type { Workflow } from '@sagawright/shared/contracts';
import { ListTree, PanelLeftOpen, Plus, ShieldCheck } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { Page } from '../app/Page.js';
import { useMedia } from '../app/use-media.js';
import { Canvas } from '../canvas/index.js';
import { Button, ContextMenu, Sheet } from '../ui/index.js';
import type { MenuEntry } from '../ui/index.js';
import './editor.css';
import { DraftMark, EditorButtons } from './EditorBar.js';
import { EditorDialogs } from './EditorDialogs.js';
import { useEditor, useEditorStore } from './editor-store.js';
import { EmptyCanvas } from './EmptyCanvas.js';
import { LeftColumn } from './LeftColumn.js';
import { SettingsPanel } from './panel/SettingsPanel.js';
import { StepPanel } from './panel/StepPanel.js';
import { ProblemsBar } from './ProblemsBar.js';
import { Proof } from './proof/Proof.js';
import { Stage } from './stage.js';
import { stepMenu } from './step-menu.js';
import { StepSummary } from './StepSummary.js';
import { StepToolbar } from './StepToolbar.js';
import { UndoBar } from './UndoBar.js';
import { useColumn } from './use-column.js';
import { useEditorCanvas } from './use-editor-canvas.js';
import { jumpTo, placeForStep, useEditorCommands } from './use-editor-commands.js';
import { useEditorKeys } from './use-editor-keys.js';
import { SAVE_WORDS, useSaving } from './use-saving.js';

export function Editor({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const store = useEditorStore();
  const { graph, selected, panelOpen, proofOpen, settingsOpen, saveStatus, undoFailing } = useEditor((state) => state);
  const wide = useMedia('(min-width: 1100px)');
  const phone = useMedia('(max-width: 639px)');
  const [problemsOpen, setProblemsOpen] = useState(false);
  const [stage] = useState(() => new Stage());
  const toolbar = useCallback((node: GraphNode) => <StepToolbar node={node} onKey={stage.perform} />, [stage]);
  const { canvas, actions, undoView } = useEditorCanvas(stage, !phone, toolbar);
  const saving = useSaving(workflow.id);
  const column = useColumn(wide, phone);
  useEditorCommands({
    stage,
    canvas,
    actions,
    published: workflow.published !== null,
    save: saving.flush,
    toggleOutline: column.toggleOutline,
  });
  useEditorKeys(stage, actions);

  useEffect(() => {
    const [only] = selected;
    if (selected.length !== 1 || only === undefined) return;
    canvas.setState({ focus: only });
    // Beside the canvas the panel takes room; as a sheet it lies over it. Either way the step stays in sight (E56).
    const covered =
      !panelOpen || wide ? {} : phone ? { bottom: innerHeight * 0.4 } : { right: Math.min(420, innerWidth * 0.92) };
    stage.reveal(store.getState().graph, only, covered);
  }, [canvas, selected, panelOpen, wide, phone, store, stage]);

  const changes = useMemo(
    () => (workflow.publishedGraph ? differences(workflow.publishedGraph, graph).length : null),
    [workflow.publishedGraph, graph],
  );
  const [only] = selected;
  const single = selected.length === 1 && only !== undefined ? graph.nodes[only] : undefined;
  const panel = panelOpen && single && (
    <StepPanel
      node={single}
      workflowId={workflow.id}
      onClose={
        wide
          ? () => {
              stage.perform('escape');
            }
          : undefined
      }
    />
  );
  const settings = settingsOpen && !phone && (
    <SettingsPanel
      workflowId={workflow.id}
      onClose={
        wide
          ? () => {
              store.setState({ settingsOpen: false });
            }
          : undefined
      }
    />
  );
  const pickItem = (key: string) => {
    column.closeSheet();
    actions.add(key, placeForStep(store));
  };
  const leftColumn = (
    <LeftColumn
      {...column.view}
      onItem={pickItem}
      onRow={(id) => {
        column.closeSheet();
        store.getState().select([id]);
        store.setState({ panelOpen: true });
      }}
    />
  );

  return (
    <Page
      title={workflow.name}
      crumbs={[{ label: 'Workflows', to: '/workflows' }]}
      fill
      mark={<DraftMark workflow={workflow} changes={changes} />}
      actions={phone ? undefined : <EditorButtons perform={stage.perform} />}
    >
      <div className="flex min-h-0 flex-1">
        {column.docked && <div className="w-60 shrink-0 border-r border-border bg-surface">{leftColumn}</div>}
        <div
          ref={(element) => {
            stage.mount(element);
          }}
          className="relative min-w-0 flex-1"
        >
          <WithMenu entries={phone ? null : stepMenu({ graph, selected, actions, perform: stage.perform })}>
            <Canvas store={canvas} label={`Drawing of ${workflow.name}`} onReady={stage.attach}>
              {!column.docked && (
                <div className="absolute top-3 left-3 z-[5] flex gap-2">
                  <Button onClick={column.open}>
                    {phone ? (
                      <ListTree size={14} aria-hidden="true" />
                    ) : wide ? (
                      <PanelLeftOpen size={14} aria-hidden="true" />
                    ) : (
                      <Plus size={14} aria-hidden="true" />
                    )}{' '}
                    {phone ? 'Outline' : 'Steps'}
                  </Button>
                  {phone && (
                    <Button
                      onClick={() => {
                        stage.perform('proof');
                      }}
                    >
                      <ShieldCheck size={14} aria-hidden="true" /> Proof
                    </Button>
                  )}
                </div>
              )}
            </Canvas>
          </WithMenu>
          {undoFailing !== null && <UndoBar view={undoView} />}
          {graph.order.length === 0 && <EmptyCanvas onPick={pickItem} />}
        </div>
        {wide && (panel || settings || proofOpen) && (
          <div className="w-[400px] shrink-0 border-l border-border">
            {panel || settings || <Proof stage={stage} />}
          </div>
        )}
      </div>
      <ProblemsBar
        open={problemsOpen}
        onToggle={() => {
          setProblemsOpen(!problemsOpen);
        }}
        onJump={(problem) => {
          jumpTo(store, problem);
        }}
        saveWord={SAVE_WORDS[saveStatus]}
        readOnly={phone ? 'Read-only on a small screen' : null}
      />
      {!wide && (
        <>
          <Sheet
            open={Boolean(panel)}
            onOpenChange={(open) => {
              if (!open) store.setState({ panelOpen: false });
            }}
            side={phone ? 'bottom' : 'right'}
            title={single?.kind === 'note' ? 'Note' : (single?.name ?? 'Step')}
          >
            {phone && single ? <StepSummary node={single} /> : panel}
          </Sheet>
          <Sheet
            open={Boolean(settings) && !panel}
            onOpenChange={(open) => {
              if (!open) store.setState({ settingsOpen: false });
            }}
            side="right"
            title="Workflow settings"
          >
            {settings}
          </Sheet>
          <Sheet
            open={proofOpen && !panel}
            onOpenChange={(open) => {
              if (!open) store.setState({ proofOpen: false });
            }}
            side={phone ? 'bottom' : 'right'}
            title="Proof"
          >
            <Proof sheet stage={stage} />
          </Sheet>
          <Sheet side="left" {...column.sheet} title={phone ? 'Outline' : 'Steps'}>
            {leftColumn}
          </Sheet>
        </>
      )}
      <EditorDialogs workflow={workflow} actions={actions} saving={saving} changes={changes} />
    </Page>
  );
}

/** A phone only reads: there a long press has nothing to offer. */
function WithMenu({
  entries,
  children,
}: {
  readonly entries: readonly MenuEntry[] | null;
  readonly children: ReactElement;
}): ReactElement {
  if (entries === null) return children;
  return (
    <ContextMenu className="h-full" entries={entries}>
      {children}
    </ContextMenu>
  );
}
