import type { Workflow } from '@sagawright/shared/contracts';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { workflowQuery, workflowsQuery } from '../api/index.js';
import { LoadError } from '../app/Page.js';
import { Skeleton } from '../ui/index.js';
import { keptDraft } from './autosave.js';
import { Editor } from './Editor.js';
import { createEditorStore, EditorContext } from './editor-store.js';

/** The editor of one workflow. Opening it never saves anything (E45). */
export function EditorPage({ workflowId }: { readonly workflowId: string }): ReactElement {
  const { data, error, refetch } = useQuery({ ...workflowQuery(workflowId), refetchOnWindowFocus: false });
  if (error && !data) return <LoadError error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="m-6 h-64" />;
  return <OpenWorkflow key={workflowId} workflow={data} />;
}

function OpenWorkflow({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const [store] = useState(() => {
    const { graph, revision } = workflow.draft;
    const created = createEditorStore(graph, revision);
    const kept = keptDraft(workflow.id, localStorage);
    // Edits that never reached the server come back as unsaved; what others saved since is merged when they are sent.
    if (kept?.revision === revision) created.setState({ graph: kept.graph, saveStatus: 'dirty' });
    else if (kept) {
      const { graph: mine, base, revision: began } = kept;
      created.setState({ graph: mine, savedGraph: base, revision: began, saveStatus: 'dirty' });
    }
    return created;
  });
  const { data: workflows } = useInfiniteQuery(workflowsQuery(''));
  useEffect(() => {
    // Of a part of the list nothing can be concluded about the rest.
    if (!workflows || workflows.pages.at(-1)?.nextCursor !== null) return;
    const callable = workflows.pages
      .flatMap((page) => page.items)
      .map(({ id, name, publishedVersion }) => ({ id, name, callable: publishedVersion !== null }));
    store.getState().know(callable);
  }, [workflows, store]);
  return (
    <EditorContext value={store}>
      <Editor workflow={workflow} />
    </EditorContext>
  );
}
