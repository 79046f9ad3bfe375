/** The editor's frame (7.6): bar, palette, canvas, step panel, problems; and the one place where keys are bound. */
import { differences } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import type { Workflow } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { undoPreview } from '@sagawright/shared/saga';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  Copy,
  Keyboard,
  ListTree,
  PanelLeftClose,
  PanelLeftOpen,
  Pencil,
  Play,
  Plus,
  Redo2,
  Replace,
  Sparkles,
  Trash2,
  Undo,
  Undo2,
  Upload,
} from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { ApiError, client, keys, problemOf, useAction } from '../api/index.js';
import { Page } from '../app/Page.js';
import { useMedia } from '../app/use-media.js';
import { isTyping } from '../app/use-shell-keys.js';
import { Canvas, createCanvasStore, fitOptions, iconOf, motion, subtitleOf } from '../canvas/index.js';
import type { StepRequest, UndoView } from '../canvas/index.js';
import { AlertDialog, Badge, Button, IconButton, Sheet, useToasts } from '../ui/index.js';
import { appendPort, editorActions } from './actions.js';
import { forgetKeptDraft, startAutosave } from './autosave.js';
import type { Autosave, SaveResult } from './autosave.js';
import './editor.css';
import { useEditor, useEditorStore } from './editor-store.js';
import type { SaveStatus } from './editor-store.js';
import { Outline } from './Outline.js';
import { Palette } from './Palette.js';
import { PickDialog } from './PickDialog.js';
import { ProblemsBar } from './ProblemsBar.js';
import { PublishDialog } from './PublishDialog.js';
import { RunDialog } from './RunDialog.js';
import { ShortcutsDialog } from './ShortcutsDialog.js';
import { shortcutOf } from './shortcuts.js';
import type { ShortcutId } from './shortcuts.js';
import { searchItems, STEP_ITEMS } from './step-items.js';
import { Stage } from './stage.js';
import { StepPanel } from './panel/StepPanel.js';
import { UndoBar } from './UndoBar.js';

/** What takes the keys while it is open. A toast calls itself a dialog too, yet it only says something. */
const DIALOG = ':is([role=dialog], [role=alertdialog]):not([aria-modal=false])';

const SAVE_WORDS: Readonly<Record<SaveStatus, string>> = {
  saved: 'Saved',
  dirty: 'Saving…',
  saving: 'Saving…',
  offline: 'Offline – kept here',
  refused: 'Not saved – kept here',
  conflict: 'Conflict',
};

export function Editor({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const store = useEditorStore();
  const state = useEditor((each) => each);
  const { graph, selected, selectedEdge, diagnostics, definition, undoFailing, dialog, panelOpen, saveStatus } = state;
  const toasts = useToasts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const wide = useMedia('(min-width: 1100px)');
  const phone = useMedia('(max-width: 639px)');
  const [columnOpen, setColumnOpen] = useState(true);
  const [columnSheet, setColumnSheet] = useState(false);
  const [columnView, setColumnView] = useState<ColumnView>('steps');
  const [problemsOpen, setProblemsOpen] = useState(false);
  const [stage] = useState(() => new Stage());
  const autosave = useRef<Autosave | null>(null);

  const [canvas] = useState(() => createCanvasStore({ graph, select: state.select }));
  const actions = useMemo(
    () =>
      editorActions({
        store,
        centre: () => stage.centre(),
        say: (announcement) => {
          canvas.setState({ announcement });
        },
        toast: (title) => {
          toasts.show({ title });
        },
        startRenaming: (renaming) => {
          canvas.setState({ renaming });
        },
      }),
    [store, stage, canvas, toasts],
  );

  useEffect(() => {
    const toolbar = (node: GraphNode) => <StepToolbar node={node} onKey={stage.perform} />;
    canvas.setState({
      editing: phone ? null : { ...actions, toolbar },
      open: () => {
        store.setState({ panelOpen: true });
      },
    });
  }, [canvas, actions, phone, store, stage]);

  const undoView = useMemo((): UndoView | null => {
    if (undoFailing === null) return null;
    if (!definition?.steps[undoFailing]) return { failing: undoFailing, steps: [], notUndone: {} };
    const plan = undoPreview(definition, undoFailing);
    return {
      failing: undoFailing,
      steps: plan.steps.map((step) => ({ id: step.instance, order: step.order, after: step.after })),
      notUndone: Object.fromEntries(plan.notUndone.map((each) => [each.instance, each.reason])),
    };
  }, [definition, undoFailing]);

  useEffect(() => {
    const problems: Record<string, { errors: number; others: number }> = {};
    for (const { node, level } of diagnostics) {
      if (node === null || level === 'hint') continue;
      const before = problems[node] ?? { errors: 0, others: 0 };
      problems[node] = {
        errors: before.errors + (level === 'error' ? 1 : 0),
        others: before.others + (level === 'error' ? 0 : 1),
      };
    }
    canvas.setState({ problems });
  }, [canvas, diagnostics]);
  useEffect(() => {
    canvas.setState({ graph, selected, selectedEdge, undoView });
  }, [canvas, graph, selected, selectedEdge, undoView]);
  useEffect(() => {
    const [only] = selected;
    if (selected.length !== 1 || only === undefined) return;
    canvas.setState({ focus: only });
    // Beside the canvas the panel takes room; as a sheet it lies over it. Either way the step stays in sight (E56).
    const covered =
      !panelOpen || wide ? {} : phone ? { bottom: innerHeight * 0.4 } : { right: Math.min(420, innerWidth * 0.92) };
    stage.reveal(store.getState().graph, only, covered);
  }, [canvas, selected, panelOpen, wide, phone, store, stage]);

  useEffect(() => {
    const save = async (baseRevision: number, draft: typeof graph): Promise<SaveResult> => {
      try {
        const answer = await client.saveDraft({ params: { id: workflow.id }, body: { baseRevision, graph: draft } });
        return { kind: 'saved', revision: answer.revision };
      } catch (error) {
        if (error instanceof ApiError && error.problem.code === 'draft.conflict') return { kind: 'conflict' };
        if (!(error instanceof ApiError) || error.problem.status >= 500) return { kind: 'offline' };
        toasts.show({ tone: 'failed', title: problemOf(error).title, description: problemOf(error).detail });
        return { kind: 'refused' };
      }
    };
    const running = startAutosave({ workflowId: workflow.id, store, save, storage: localStorage });
    autosave.current = running;
    if (store.getState().graph !== store.getState().savedGraph) void running.flush();
    const online = () => void running.flush();
    const leaving = (event: BeforeUnloadEvent) => {
      if (store.getState().graph !== store.getState().savedGraph) event.preventDefault();
    };
    addEventListener('online', online);
    addEventListener('beforeunload', leaving);
    return () => {
      removeEventListener('online', online);
      removeEventListener('beforeunload', leaving);
      void running.flush().finally(() => {
        running.stop();
        void queries.invalidateQueries({ queryKey: keys.workflow(workflow.id) });
      });
    };
  }, [store, workflow.id, toasts, queries]);

  const publish = useAction({
    run: async (note: string) => {
      await autosave.current?.flush();
      return client.publish({ params: { id: workflow.id }, body: { revision: store.getState().revision, note } });
    },
    invalidates: [keys.workflows],
    onDone: (published) => {
      queries.setQueryData(keys.workflow(workflow.id), published);
      store.setState({ dialog: null });
      toasts.show({ tone: 'done', title: `Version ${published.published?.number ?? ''} is live` });
    },
  });
  const run = useAction({
    run: ({ trigger, data }: { trigger: string; data: Json }) =>
      client.startRun({
        params: { id: workflow.id },
        headers: { 'idempotency-key': crypto.randomUUID() },
        body: { trigger, data },
      }),
    onDone: ({ runId }) => {
      store.setState({ dialog: null });
      void navigate({ to: '/runs/$runId', params: { runId } });
    },
  });

  const jumpTo = (problem: (typeof diagnostics)[number] | undefined) => {
    if (!problem) return;
    if (problem.node !== null && graph.nodes[problem.node]) {
      state.select([problem.node]);
      store.setState({ panelOpen: true, jump: problem.field === null ? null : { field: problem.field } });
    } else if (problem.edge !== null) state.select([], problem.edge);
  };
  const problemAt = useRef(-1);
  const nextProblem = (by: number) => {
    if (diagnostics.length === 0) return;
    problemAt.current = (problemAt.current + by + diagnostics.length) % diagnostics.length;
    jumpTo(diagnostics[problemAt.current]);
  };
  const travel = (label: string | null, word: string) => {
    canvas.setState({ announcement: label === null ? `Nothing to ${word}` : `${word}: ${label}` });
  };
  const openSearch = (request: StepRequest) => {
    store.setState({ dialog: { kind: 'search', request } });
  };

  const [only] = selected;
  const single = selected.length === 1 && only !== undefined ? graph.nodes[only] : undefined;
  const after = (): StepRequest => {
    const port = single && appendPort(graph, single.id);
    return single && typeof port === 'string' ? { kind: 'after', from: single.id, port } : { kind: 'place', at: null };
  };
  const commands: Readonly<Partial<Record<ShortcutId, () => void>>> = {
    add: () => {
      openSearch(after());
    },
    append: () => {
      openSearch(after());
    },
    replace: () => {
      if (single) openSearch({ kind: 'replace', node: single.id });
    },
    rename: () => {
      if (single) canvas.setState({ renaming: single.id });
    },
    connect: () => {
      const port = single && appendPort(graph, single.id);
      if (single && port) store.setState({ dialog: { kind: 'connect', from: single.id, port } });
    },
    duplicate: actions.duplicate,
    delete: () => {
      actions.remove(true);
    },
    deleteOnly: () => {
      actions.remove(false);
    },
    selectAll: () => {
      state.select(graph.order);
    },
    nudgeLeft: () => {
      actions.nudge(-16, 0);
    },
    nudgeRight: () => {
      actions.nudge(16, 0);
    },
    nudgeUp: () => {
      actions.nudge(0, -16);
    },
    nudgeDown: () => {
      actions.nudge(0, 16);
    },
    tidy: actions.tidy,
    zoomIn: () => void stage.view?.zoomIn(),
    zoomOut: () => void stage.view?.zoomOut(),
    zoomFull: () => void stage.view?.zoomTo(1),
    fit: () => void stage.view?.fitView({ ...fitOptions, duration: motion(240) }),
    fitSelection: () =>
      void stage.view?.fitView({ ...fitOptions, nodes: selected.map((id) => ({ id })), duration: motion(240) }),
    undoView: () => {
      store.setState({
        undoFailing:
          undoFailing === null
            ? single?.kind === 'action'
              ? single.id
              : (lastAction(graph.order, graph.nodes) ?? '')
            : null,
      });
    },
    undo: () => {
      travel(state.undo(), 'Undo');
    },
    redo: () => {
      travel(state.redo(), 'Redo');
    },
    nextProblem: () => {
      nextProblem(1);
    },
    previousProblem: () => {
      nextProblem(-1);
    },
    save: () => void autosave.current?.flush(),
    run: () => {
      if (workflow.published) store.setState({ dialog: { kind: 'run' } });
      else toasts.show({ title: 'Publish the workflow first; runs take the published version.' });
    },
    publish: () => {
      store.setState({ dialog: { kind: 'publish' } });
    },
    outline: () => {
      const shown = columnView === 'outline' && (wide ? columnOpen : columnSheet);
      setColumnView(shown && !phone ? 'steps' : 'outline');
      if (wide) setColumnOpen(true);
      else setColumnSheet(!shown);
    },
    escape: () => {
      if (undoFailing !== null) store.setState({ undoFailing: null });
      else if (panelOpen) store.setState({ panelOpen: false });
      else state.select([]);
      if (single) stage.focus(single.id);
    },
    help: () => {
      store.setState({ dialog: { kind: 'shortcuts' } });
    },
  };
  useEffect(() => {
    stage.bind(commands);
  });

  useEffect(() => {
    const busy = (event: Event) => isTyping(event.target) || document.querySelector(`${DIALOG}, [role=menu]`) !== null;
    const onKey = (event: KeyboardEvent) => {
      const id = shortcutOf(event);
      if (id === null || event.defaultPrevented) return;
      const always = id === 'save' || id === 'run' || id === 'nextProblem' || id === 'previousProblem';
      const leaves =
        id === 'escape' && isTyping(event.target) && !document.querySelector(`${DIALOG}, .cm-tooltip-autocomplete`);
      if (busy(event) && !leaves && !(always && !document.querySelector(DIALOG))) return;
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

  const changes = useMemo(
    () => (workflow.publishedGraph ? differences(workflow.publishedGraph, graph).length : null),
    [workflow.publishedGraph, graph],
  );
  const pill =
    workflow.published === null || changes === null
      ? 'Draft – not published'
      : changes === 0
        ? `v${workflow.published.number} is live`
        : `Draft – ${changes} ${changes === 1 ? 'change' : 'changes'} since v${workflow.published.number}`;
  const panel = panelOpen && single && (
    <StepPanel node={single} workflowId={workflow.id} onClose={wide ? () => commands.escape?.() : undefined} />
  );
  const pickItem = (key: string) => {
    setColumnSheet(false);
    actions.add(key, after());
  };
  const pickRow = (id: string) => {
    setColumnSheet(false);
    state.select([id]);
    store.setState({ panelOpen: true });
  };
  const column = (
    <LeftColumn
      view={phone ? 'outline' : columnView}
      onView={phone ? null : setColumnView}
      onFold={
        wide
          ? () => {
              setColumnOpen(false);
            }
          : null
      }
      onItem={pickItem}
      onRow={pickRow}
    />
  );

  return (
    <Page
      title={workflow.name}
      crumbs={[{ label: 'Workflows', to: '/workflows' }]}
      fill
      mark={
        <span className="ml-2 flex min-w-0 items-center gap-2 max-sm:hidden">
          <Badge>{pill}</Badge>
          <span
            role="status"
            data-save-status={saveStatus}
            data-saved-revision={state.revision}
            className="text-12 text-muted max-md:hidden"
          >
            {SAVE_WORDS[saveStatus]}
          </span>
        </span>
      }
      actions={
        phone ? undefined : (
          <>
            <IconButton
              label="Undo"
              shortcut="Ctrl+Z"
              disabled={state.history.past.length === 0}
              onClick={commands.undo}
            >
              <Undo size={15} aria-hidden="true" />
            </IconButton>
            <IconButton
              label="Redo"
              shortcut="Ctrl+Shift+Z"
              disabled={state.history.future.length === 0}
              onClick={commands.redo}
            >
              <Redo2 size={15} aria-hidden="true" />
            </IconButton>
            <IconButton label="Tidy up" shortcut="Shift+Alt+T" className="max-md:hidden" onClick={commands.tidy}>
              <Sparkles size={15} aria-hidden="true" />
            </IconButton>
            <IconButton label="Undo view" shortcut="U" pressed={undoFailing !== null} onClick={commands.undoView}>
              <Undo2 size={15} aria-hidden="true" className={undoFailing === null ? '' : 'text-undo'} />
            </IconButton>
            <IconButton label="Keyboard shortcuts" shortcut="?" className="max-md:hidden" onClick={commands.help}>
              <Keyboard size={15} aria-hidden="true" />
            </IconButton>
            <Button onClick={commands.run}>
              <Play size={14} aria-hidden="true" /> Run
            </Button>
            <Button variant="primary" onClick={commands.publish}>
              <Upload size={14} aria-hidden="true" /> Publish
            </Button>
          </>
        )
      }
    >
      <div className="flex min-h-0 flex-1">
        {wide && columnOpen && <div className="w-60 shrink-0 border-r border-border bg-surface">{column}</div>}
        <div
          ref={(element) => {
            stage.mount(element);
          }}
          className="relative min-w-0 flex-1"
        >
          <Canvas store={canvas} label={`Drawing of ${workflow.name}`} onReady={stage.attach}>
            {(!wide || !columnOpen) && (
              <div className="absolute top-3 left-3 z-[5] flex gap-2">
                <Button
                  onClick={() => {
                    if (wide) setColumnOpen(true);
                    else setColumnSheet(true);
                  }}
                >
                  {phone ? (
                    <ListTree size={14} aria-hidden="true" />
                  ) : wide ? (
                    <PanelLeftOpen size={14} aria-hidden="true" />
                  ) : (
                    <Plus size={14} aria-hidden="true" />
                  )}{' '}
                  {phone ? 'Outline' : 'Steps'}
                </Button>
              </div>
            )}
          </Canvas>
          {undoFailing !== null && <UndoBar view={undoView} />}
          {graph.order.length === 0 && (
            <div className="pointer-events-none absolute inset-0 grid place-items-center">
              <div className="pointer-events-auto text-center">
                <p className="text-14 font-semibold">Start with a trigger</p>
                <p className="mt-1 mb-3 text-13 text-muted">It says what starts a run. Then draw what happens next.</p>
                <div className="flex justify-center gap-2">
                  {STEP_ITEMS.filter((item) => item.group === 'Triggers').map((item) => (
                    <Button
                      key={item.key}
                      onClick={() => {
                        pickItem(item.key);
                      }}
                    >
                      {item.title}
                    </Button>
                  ))}
                </div>
              </div>
            </div>
          )}
        </div>
        {wide && panel && <div className="w-[400px] shrink-0 border-l border-border">{panel}</div>}
      </div>
      <ProblemsBar
        open={problemsOpen}
        onToggle={() => {
          setProblemsOpen(!problemsOpen);
        }}
        onJump={jumpTo}
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
          <Sheet side="left" open={columnSheet} onOpenChange={setColumnSheet} title={phone ? 'Outline' : 'Steps'}>
            {column}
          </Sheet>
        </>
      )}
      {dialog?.kind === 'search' && (
        <PickDialog
          title={dialog.request.kind === 'replace' ? 'Replace the step' : 'Add a step'}
          placeholder="Search steps"
          search={(query) =>
            searchItems(query).map((item) => ({
              key: item.key,
              title: item.title,
              detail: item.description,
              aside: item.group,
              icon: item.icon,
            }))
          }
          onPick={(key) => {
            actions.add(key, dialog.request);
          }}
          onClose={() => {
            store.setState({ dialog: null });
          }}
        />
      )}
      {dialog?.kind === 'connect' && (
        <PickDialog
          title={`Connect ${graph.nodes[dialog.from]?.name ?? ''} to`}
          placeholder="Search steps to connect to"
          search={(query) =>
            graph.order
              .flatMap((id) => graph.nodes[id] ?? [])
              .filter(
                (node) =>
                  actions.refusal(dialog.from, dialog.port, node.id) === null &&
                  node.name.toLowerCase().includes(query.trim().toLowerCase()),
              )
              .map((node) => ({
                key: node.id,
                title: node.name,
                detail: subtitleOf(node),
                aside: '',
                icon: iconOf(node),
              }))
          }
          onPick={(key) => {
            actions.connect(dialog.from, dialog.port, key);
            store.setState({ dialog: null });
          }}
          onClose={() => {
            store.setState({ dialog: null });
          }}
        />
      )}
      {dialog?.kind === 'publish' && (
        <PublishDialog
          publishedGraph={workflow.publishedGraph}
          nextVersion={(workflow.published?.number ?? 0) + 1}
          busy={publish.isPending}
          onPublish={(note) => {
            publish.mutate(note);
          }}
          onClose={() => {
            store.setState({ dialog: null });
          }}
        />
      )}
      {dialog?.kind === 'run' && workflow.published && workflow.publishedGraph && (
        <RunDialog
          graph={workflow.publishedGraph}
          version={workflow.published.number}
          draftDiffers={(changes ?? 0) > 0}
          busy={run.isPending}
          onRun={(trigger, data) => {
            run.mutate({ trigger, data });
          }}
          onClose={() => {
            store.setState({ dialog: null });
          }}
        />
      )}
      {dialog?.kind === 'shortcuts' && (
        <ShortcutsDialog
          onClose={() => {
            store.setState({ dialog: null });
          }}
        />
      )}
      <AlertDialog
        open={saveStatus === 'conflict'}
        onOpenChange={() => undefined}
        title="Someone else changed this draft"
        description="Your edits are kept in this browser. Keep yours as the next draft revision, or let them go and load the other draft."
        confirm="Keep mine"
        dismiss="Decide later"
        onConfirm={async () => {
          const latest = await client.getWorkflow({ params: { id: workflow.id } });
          store.setState({ revision: latest.draft.revision, saveStatus: 'dirty' });
          await autosave.current?.flush();
        }}
      >
        <Button
          onClick={() => {
            void client.getWorkflow({ params: { id: workflow.id } }).then((latest) => {
              forgetKeptDraft(workflow.id, localStorage);
              state.load(latest.draft.graph, latest.draft.revision);
            });
          }}
        >
          Load theirs, drop mine
        </Button>
      </AlertDialog>
    </Page>
  );
}

type ColumnView = 'steps' | 'outline';

/** What stands left of the canvas, or slides over it: steps to add, or the drawing as a tree. */
function LeftColumn({
  view,
  onView,
  onFold,
  onItem,
  onRow,
}: {
  readonly view: ColumnView;
  readonly onView: ((view: ColumnView) => void) | null;
  readonly onFold: (() => void) | null;
  readonly onItem: (key: string) => void;
  readonly onRow: (id: string) => void;
}): ReactElement {
  const choice = (id: ColumnView, label: string) => (
    <button
      type="button"
      aria-pressed={view === id}
      className={`h-7 flex-1 rounded-input text-12 font-medium ${view === id ? 'bg-idle-tint text-text' : 'text-muted hover:bg-hover'}`}
      onClick={() => onView?.(id)}
    >
      {label}
    </button>
  );
  return (
    <div className="flex h-full min-h-0 flex-col">
      {onView && (
        <div className="flex items-center gap-1 px-3 pt-2">
          {choice('steps', 'Add a step')}
          {choice('outline', 'Outline')}
          {onFold && (
            <IconButton label="Fold the column" onClick={onFold}>
              <PanelLeftClose size={15} aria-hidden="true" />
            </IconButton>
          )}
        </div>
      )}
      <div className="min-h-0 flex-1">
        {view === 'outline' ? (
          <Outline onPick={onRow} />
        ) : (
          <Palette
            onPick={(item) => {
              onItem(item.key);
            }}
          />
        )}
      </div>
    </div>
  );
}

/** A step in a few words, for a screen that is too small to edit on (E42). */
function StepSummary({ node }: { readonly node: GraphNode }): ReactElement {
  const diagnostics = useEditor((each) => each.diagnostics).filter((each) => each.node === node.id);
  return (
    <div className="flex flex-col gap-2 p-4 text-13">
      <p className="text-muted">{subtitleOf(node)}</p>
      {node.kind === 'note' && <p>{node.text}</p>}
      {node.kind === 'action' && node.undo?.kind === 'compensation' && (
        <p className="flex items-center gap-1.5 text-undo-text">
          <Undo2 size={14} aria-hidden="true" /> Undone by {node.undo.name}
        </p>
      )}
      {node.kind === 'action' && node.retry && <p>Up to {node.retry.maxAttempts} attempts</p>}
      {diagnostics.map((each) => (
        <p key={each.message} className={each.level === 'error' ? 'problem-box' : 'problem-box problem-box-warning'}>
          {each.message}
        </p>
      ))}
    </div>
  );
}

function lastAction(order: readonly string[], nodes: Readonly<Record<string, GraphNode>>): string | undefined {
  return order.filter((id) => nodes[id]?.kind === 'action').at(-1);
}

/** The tools of the selected step (E8); every one is a shortcut too. */
function StepToolbar({
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
  const ends = node.kind === 'end' || node.kind === 'fail' || node.kind === 'note';
  return (
    <div
      role="toolbar"
      aria-label={`Tools of ${node.name}`}
      className="flex gap-0.5 rounded-card border border-border bg-raised p-0.5 shadow-menu"
    >
      {!ends && tool('append', 'Add a step after', 'A', <Plus size={15} aria-hidden="true" />)}
      {tool('rename', 'Rename', 'F2', <Pencil size={14} aria-hidden="true" />)}
      {tool('replace', 'Replace the type', 'R', <Replace size={14} aria-hidden="true" />)}
      {tool('duplicate', 'Duplicate', 'Ctrl+D', <Copy size={14} aria-hidden="true" />)}
      {tool('delete', 'Delete', 'Del', <Trash2 size={14} aria-hidden="true" />)}
    </div>
  );
}
