import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import type { ReactElement } from 'react';
import { LoadError } from '../app/Page.js';
import { templatesQuery } from '../api/index.js';
import { Button, Skeleton } from '../ui/index.js';
import { MiniGraph } from './MiniGraph.js';
import { useCreateWorkflow } from './use-create-workflow.js';

/** Nothing has been drawn yet: one obvious way to see a saga run within a minute. */
export function FirstStart({ onEmpty }: { readonly onEmpty: () => void }): ReactElement {
  const templates = useQuery(templatesQuery);
  const create = useCreateWorkflow();
  if (templates.isPending) return <Skeleton className="mx-auto mt-12 h-80 w-full max-w-[680px]" />;
  if (templates.isError) return <LoadError error={templates.error} onRetry={() => void templates.refetch()} />;
  const template = templates.data.items.find((each) => each.name === 'Order saga') ?? templates.data.items[0];
  return (
    <div className="mx-auto flex w-full max-w-[720px] flex-col gap-4 px-4 py-8 md:py-14">
      <div className="text-center">
        <h2 className="text-20 font-semibold">Draw your first saga</h2>
        <p className="mt-1 text-13 text-muted">
          A saga is a workflow that knows its way back: when a step fails for good, the steps before it are undone.
        </p>
      </div>
      {template !== undefined && (
        <section className="overflow-hidden rounded-dialog border border-border bg-surface">
          <div className="flex h-52 items-center justify-center border-b border-border bg-canvas bg-[radial-gradient(var(--dots)_1px,transparent_1px)] [background-size:16px_16px] p-6">
            <MiniGraph graph={template.graph} className="h-full w-full" />
          </div>
          <div className="flex flex-wrap items-center justify-between gap-4 p-5">
            <div className="min-w-0 flex-1 basis-64">
              <h3 className="text-14 font-semibold">{template.name}</h3>
              <p className="mt-0.5 text-13 text-muted">{template.description}</p>
            </div>
            <Button
              variant="primary"
              busy={create.isPending}
              onClick={() => {
                create.mutate({ name: template.name, template: template.id });
              }}
            >
              Open {template.name}
              <ArrowRight size={14} aria-hidden="true" />
            </Button>
          </div>
        </section>
      )}
      <p className="text-center text-13 text-muted">
        or{' '}
        <button type="button" className="min-h-6 rounded-tag font-medium text-accent hover:underline" onClick={onEmpty}>
          start with an empty canvas
        </button>
      </p>
    </div>
  );
}
