/** Everything the editor asks before it does something; one dialog at a time. */
import { allPorts, portLabel } from '@sagawright/shared/graph';
import type { Workflow } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ReactElement } from 'react';
import { client, keys, useAction } from '../api/index.js';
import { iconOf, isHandled, subtitleOf } from '../canvas/index.js';
import { useToasts } from '../ui/index.js';
import { appendPort } from './actions.js';
import type { EditorActions } from './actions.js';
import { useEditor, useEditorStore } from './editor-store.js';
import type { EditorDialog } from './editor-store.js';
import { ExtractDialog } from './ExtractDialog.js';
import { MergeDialog } from './merge/MergeDialog.js';
import { PickDialog } from './PickDialog.js';
import { PublishDialog } from './PublishDialog.js';
import { RunDialog } from './RunDialog.js';
import { ShortcutsDialog } from './ShortcutsDialog.js';
import { searchItems, itemOf } from './step-items.js';
import { WRAPS } from './step-menu.js';
import type { Saving } from './use-saving.js';

export interface EditorDialogsProps {
  readonly workflow: Workflow;
  readonly actions: EditorActions;
  readonly saving: Saving;
  /** Number of changes since the published version; null when nothing is published. */
  readonly changes: number | null;
}

export function EditorDialogs(props: EditorDialogsProps): ReactElement | null {
  const dialog = useEditor((state) => state.dialog);
  return dialog && <OpenDialog {...props} dialog={dialog} />;
}

function OpenDialog({
  dialog,
  workflow,
  actions,
  saving,
  changes,
}: EditorDialogsProps & { readonly dialog: EditorDialog }): ReactElement | null {
  const store = useEditorStore();
  const close = () => {
    store.setState({ dialog: null });
  };
  switch (dialog.kind) {
    case 'search':
      return (
        <PickDialog
          title={dialog.request.kind === 'replace' ? 'Replace the step' : 'Add a step'}
          placeholder="Search steps"
          search={(query) =>
            searchItems(query).map((item) => ({ ...item, detail: item.description, aside: item.group }))
          }
          onPick={(key) => {
            actions.add(key, dialog.request);
          }}
          onClose={close}
        />
      );
    case 'connect':
      return <ConnectDialog from={dialog.from} actions={actions} onClose={close} />;
    case 'wrap':
      return (
        <PickDialog
          title="Put the selection into"
          placeholder="Search containers"
          search={(query) =>
            WRAPS.filter(({ label }) => label.toLowerCase().includes(query.trim().toLowerCase())).map((wrap) => ({
              key: wrap.kind,
              title: itemOf(wrap.kind)?.title ?? wrap.kind,
              detail: itemOf(wrap.kind)?.description ?? '',
              aside: '',
              icon: wrap.icon,
            }))
          }
          onPick={(key) => {
            const wrap = WRAPS.find(({ kind }) => kind === key);
            if (wrap) actions.wrap(wrap.kind);
          }}
          onClose={close}
        />
      );
    case 'extract':
      return <Extract actions={actions} onClose={close} />;
    case 'publish':
      return <Publish workflow={workflow} saving={saving} onClose={close} />;
    case 'conflict':
      return <Conflict saving={saving} onClose={close} />;
    case 'run':
      return <Run workflow={workflow} draftDiffers={(changes ?? 0) > 0} onClose={close} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />;
  }
}

/** Every line that may be drawn from a step (E14): the way on that is free before the others, failures last. */
function ConnectDialog({
  from,
  actions,
  onClose,
}: {
  readonly from: string;
  readonly actions: EditorActions;
  readonly onClose: () => void;
}): ReactElement {
  const graph = useEditor((state) => state.graph);
  const source = graph.nodes[from];
  const lines = useMemo(() => {
    const first = appendPort(graph, from);
    const ports = source ? allPorts(source) : [];
    const ordered = first === null ? ports : [first, ...ports.filter((port) => port !== first)];
    return ordered.flatMap((port) =>
      graph.order
        .filter((to) => actions.refusal(from, port, to) === null)
        .flatMap((to) => {
          const node = graph.nodes[to];
          return node && source ? [{ key: `${port} ${to}`, port, node, way: portLabel(source, port) }] : [];
        }),
    );
  }, [graph, from, source, actions]);
  return (
    <PickDialog
      title={`Connect ${source?.name ?? ''} to`}
      placeholder="Search steps to connect to"
      search={(query) => {
        const wanted = query.trim().toLowerCase();
        return lines
          .filter(({ node, way }) => `${node.name} ${way}`.toLowerCase().includes(wanted))
          .map(({ key, node, way }) => ({
            key,
            title: node.name,
            detail: subtitleOf(node, isHandled(graph, node.id)),
            aside: way,
            icon: iconOf(node),
          }));
      }}
      onPick={(key) => {
        const line = lines.find((each) => each.key === key);
        if (line) actions.connect(from, line.port, line.node.id);
        onClose();
      }}
      onClose={onClose}
    />
  );
}

function Extract({
  actions,
  onClose,
}: {
  readonly actions: EditorActions;
  readonly onClose: () => void;
}): ReactElement {
  const count = useEditor((state) => state.selected.length);
  const toasts = useToasts();
  const extract = useAction({
    run: (name: string) =>
      actions.extract(name, async (title, graph) => (await client.createWorkflow({ body: { name: title, graph } })).id),
    invalidates: [keys.workflows],
    onDone: (done) => {
      if (done) toasts.show({ tone: 'done', title: 'The sub-workflow is made; publish it before this one runs' });
      onClose();
    },
  });
  return (
    <ExtractDialog
      count={count}
      busy={extract.isPending}
      onExtract={(name) => {
        extract.mutate(name);
      }}
      onClose={onClose}
    />
  );
}

function Publish({
  workflow,
  saving,
  onClose,
}: {
  readonly workflow: Workflow;
  readonly saving: Saving;
  readonly onClose: () => void;
}): ReactElement {
  const store = useEditorStore();
  const toasts = useToasts();
  const queries = useQueryClient();
  const publish = useAction({
    run: async (note: string) => {
      const looked = store.getState().graph;
      await saving.flush();
      const { graph, saveStatus } = store.getState();
      // Nobody publishes what somebody else did without having seen it (E49).
      if (graph !== looked || saveStatus !== 'saved') return null;
      return client.publish({ params: { id: workflow.id }, body: { revision: store.getState().revision, note } });
    },
    invalidates: [keys.workflows],
    onDone: (published) => {
      if (!published) {
        toasts.show({
          title: 'Not published: the draft has changed',
          description: 'Look at the changes, then publish.',
        });
        return;
      }
      queries.setQueryData(keys.workflow(workflow.id), published);
      onClose();
      toasts.show({ tone: 'done', title: `Version ${published.published?.number ?? ''} is live` });
    },
  });
  return (
    <PublishDialog
      publishedGraph={workflow.publishedGraph}
      nextVersion={(workflow.published?.number ?? 0) + 1}
      busy={publish.isPending}
      onPublish={(note) => {
        publish.mutate(note);
      }}
      onProof={() => {
        store.setState({ dialog: null, proofOpen: true, panelOpen: false, settingsOpen: false });
      }}
      onClose={onClose}
    />
  );
}

function Run({
  workflow,
  draftDiffers,
  onClose,
}: {
  readonly workflow: Workflow;
  readonly draftDiffers: boolean;
  readonly onClose: () => void;
}): ReactElement | null {
  const navigate = useNavigate();
  const run = useAction({
    run: ({ trigger, data }: { trigger: string; data: Json }) =>
      client.startRun({
        params: { id: workflow.id },
        headers: { 'idempotency-key': crypto.randomUUID() },
        body: { trigger, data },
      }),
    onDone: ({ runId }) => {
      onClose();
      void navigate({ to: '/runs/$runId', params: { runId } });
    },
  });
  if (!workflow.published || !workflow.publishedGraph) return null;
  return (
    <RunDialog
      graph={workflow.publishedGraph}
      version={workflow.published.number}
      draftDiffers={draftDiffers}
      busy={run.isPending}
      onRun={(trigger, data) => {
        run.mutate({ trigger, data });
      }}
      onClose={onClose}
    />
  );
}

function Conflict({ saving, onClose }: { readonly saving: Saving; readonly onClose: () => void }): ReactElement | null {
  const { theirs, savedGraph: base, graph: mine } = useEditor((state) => state);
  const sides = useMemo(() => (theirs ? { base, mine, theirs: theirs.graph } : null), [base, mine, theirs]);
  if (!theirs || !sides) return null;
  return (
    <MergeDialog
      sides={sides}
      whose={saving.whose(theirs)}
      onMerge={(choices) => {
        onClose();
        void saving.merge(choices);
      }}
      onClose={onClose}
    />
  );
}
