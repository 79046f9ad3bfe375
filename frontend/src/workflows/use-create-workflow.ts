import { useNavigate } from '@tanstack/react-router';
import type { Graph } from '@sagawright/shared/graph';
import type { Workflow } from '@sagawright/shared/contracts';
import type { UseMutationResult } from '@tanstack/react-query';
import { client, keys, useAction } from '../api/index.js';

export interface NewWorkflow {
  readonly name: string;
  readonly template?: string;
  readonly graph?: Graph;
}

/** Makes a workflow and opens it in the editor. */
export function useCreateWorkflow(): UseMutationResult<Workflow, Error, NewWorkflow> {
  const navigate = useNavigate();
  return useAction<NewWorkflow, Workflow>({
    run: (body) => client.createWorkflow({ body }),
    invalidates: [keys.workflows],
    onDone: (workflow) => void navigate({ to: '/workflows/$workflowId', params: { workflowId: workflow.id } }),
  });
}
