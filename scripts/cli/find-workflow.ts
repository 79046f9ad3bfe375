import type { Client } from '@sagawright/shared/client';
import type { WorkflowSummary } from '@sagawright/shared/contracts';
import { UsageError } from './world.js';

/** All workflows, over all pages. */
export async function allWorkflows(client: Client): Promise<WorkflowSummary[]> {
  const all: WorkflowSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listWorkflows({ query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) } });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** By id or by name. @throws UsageError when there is none, or when several bear the name */
export async function findWorkflow(client: Client, idOrName: string): Promise<WorkflowSummary> {
  const found = await findWorkflowOrNone(client, idOrName);
  if (found === null) throw new UsageError(`There is no workflow "${idOrName}"; see "sagawright workflows list".`);
  return found;
}

/** @throws UsageError when several bear the name */
export async function findWorkflowOrNone(client: Client, idOrName: string): Promise<WorkflowSummary | null> {
  const all = await allWorkflows(client);
  const found = all.filter(({ id, name }) => id === idOrName || name === idOrName);
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(', ');
    throw new UsageError(`Several workflows are called "${idOrName}": name one by its id (${ids}), or rename one.`);
  }
  return found[0] ?? null;
}
