import { PencilOff } from 'lucide-react';
import { Suspense, lazy } from 'react';
import type { ComponentType, ReactElement } from 'react';
import { EmptyState, Skeleton } from '../ui/index.js';

interface EditorProps {
  readonly workflowId: string;
}

/** The editor is the largest room and is fetched when it is first opened; a build may come without it (view-only). */
const [load] = Object.values(
  import.meta.glob<{ readonly EditorPage: ComponentType<EditorProps> }>('../editor/index.ts'),
);

const Editor = load === undefined ? null : lazy(async () => ({ default: (await load()).EditorPage }));

export function EditorRoom({ workflowId }: EditorProps): ReactElement {
  if (Editor === null) {
    return (
      <EmptyState icon={<PencilOff size={18} aria-hidden="true" />} title="This build has no editor">
        Build the app with the editor room to draw workflows.
      </EmptyState>
    );
  }
  return (
    <Suspense fallback={<Skeleton className="m-6 h-64" />}>
      <Editor workflowId={workflowId} />
    </Suspense>
  );
}
