import { isDeepStrictEqual } from 'node:util';
import { differences } from '@sagawright/shared/graph';
import type { Json } from '@sagawright/shared/kernel';
import { jsonOption } from './data.js';
import { allWorkflows, findWorkflow, findWorkflowOrNone } from './find-workflow.js';
import { facts, table } from './table.js';
import { readWorkflows, slugsOf, writeWorkflow } from './workflow-files.js';
import type { FileFormat, WorkflowFile } from './workflow-files.js';
import { EXIT, UsageError, text, wholeNumber } from './world.js';
import type { Call, Command } from './world.js';

export const workflowCommands: readonly Command[] = [
  {
    usage: 'workflows list',
    about: 'Workflows, latest change first',
    run: async (call) => {
      const items = await allWorkflows(call.client);
      call.show(
        items,
        table(
          ['WORKFLOW', 'NAME', 'PUBLISHED', 'CHANGES', 'UPDATED'],
          items.map(({ id, name, publishedVersion, unpublishedChanges, updatedAt }) => [
            id,
            name,
            publishedVersion === null ? 'no' : `v${String(publishedVersion)}`,
            unpublishedChanges ? 'unpublished' : '',
            updatedAt,
          ]),
        ),
      );
      return EXIT.ok;
    },
  },
  {
    usage: 'workflows export [<id or name>...] [--out <folder>] [--format json|yaml]',
    about: 'Write drafts as files for git, a folder for each; all of them when none is named',
    values: ['out', 'format'],
    most: 1000,
    run: async (call) => {
      const format = formatOf(call);
      const all = await allWorkflows(call.client);
      const slugs = slugsOf(all);
      const named = await Promise.all(call.args.map((name) => findWorkflow(call.client, name)));
      const written: { workflow: string; file: string | null }[] = [];
      for (const { id, name } of call.args.length === 0 ? all : named) {
        const document = await call.client.exportWorkflow({ params: { id } });
        const file = writeWorkflow(text(call, 'out') ?? '.', slugs.get(id) ?? id, document, format);
        written.push({ workflow: name, file });
      }
      const changed = written.filter(({ file }) => file !== null);
      const told = `Workflows: ${String(written.length)}, files changed: ${String(changed.length)}.`;
      call.show(written, [told, ...changed.map(({ file }) => `  ${file ?? ''}`)].join('\n'));
      return EXIT.ok;
    },
  },
  {
    usage: 'workflows import <file or folder> [--dry-run] [--publish] [--note <text>]',
    about: 'Bring drafts to what the files say, by their names; publishes nothing without --publish',
    values: ['note'],
    switches: ['dry-run', 'publish'],
    least: 1,
    run: async (call) => {
      const results: Imported[] = [];
      for (const file of readWorkflows(call.args[0] ?? '')) results.push(await importOne(call, file));
      call.show(results, results.map(tell).join('\n'));
      return EXIT.ok;
    },
  },
  {
    usage: 'workflows publish <id or name> [--note <text>]',
    about: 'Publish the draft',
    values: ['note'],
    least: 1,
    run: async (call) => {
      const { id, draftRevision } = await findWorkflow(call.client, call.args[0] ?? '');
      const body = { revision: draftRevision, note: text(call, 'note') ?? '' };
      const { name, published } = await call.client.publish({ params: { id }, body });
      call.show(published, `${name} is published as version ${String(published?.number)}.`);
      return EXIT.ok;
    },
  },
  {
    usage:
      'workflows start <id or name> [--data <json>] [--trigger <node>] [--key <idempotency key>] [--wait <seconds>]',
    about: 'Start a run; with --wait until it has ended or the time is over',
    values: ['data', 'trigger', 'key', 'wait'],
    least: 1,
    run: start,
  },
];

interface Imported {
  readonly file: string;
  readonly name: string;
  readonly result: 'created' | 'changed' | 'unchanged';
  readonly differences: readonly string[];
  readonly published: number | null;
  readonly dryRun: boolean;
}

async function importOne(call: Call, { path, name, graph }: WorkflowFile): Promise<Imported> {
  const { client, options } = call;
  const dryRun = options['dry-run'] === true;
  const known = await findWorkflowOrNone(client, name);
  const before = known === null ? null : (await client.getWorkflow({ params: { id: known.id } })).draft;
  const same = before !== null && isDeepStrictEqual(plainJson(before.graph), plainJson(graph));
  const result = before === null ? 'created' : same ? 'unchanged' : 'changed';
  const found = before === null || same ? [] : differences(before.graph, graph);
  const changes = found.map(({ kind, text: what }) => `${kind}: ${what}`);
  const told = {
    file: path,
    name,
    result,
    dryRun,
    differences: same || found.length > 0 || before === null ? changes : ['places on the canvas'],
  } as const;
  if (dryRun) return { ...told, published: null };
  let id = known?.id ?? '';
  let revision = before?.revision ?? 1;
  if (before === null)
    ({
      id,
      draft: { revision },
    } = await client.createWorkflow({ body: { name, graph } }));
  else if (!same) {
    ({ revision } = await client.saveDraft({ params: { id }, body: { baseRevision: before.revision, graph } }));
  }
  const isPublished = known !== null && same && !known.unpublishedChanges;
  if (options['publish'] !== true || isPublished) return { ...told, published: null };
  const body = { revision, note: text(call, 'note') ?? '' };
  const { published } = await client.publish({ params: { id }, body });
  return { ...told, published: published?.number ?? null };
}

function tell({ file, name, result, differences: changes, published, dryRun }: Imported): string {
  const would = dryRun && result !== 'unchanged' ? 'would be ' : '';
  const then = published === null ? '' : `, published as version ${String(published)}`;
  return [`${name} (${file}): ${would}${result}${then}`, ...changes.map((change) => `  ${change}`)].join('\n');
}

async function start(call: Call): Promise<number> {
  const { client, args, world } = call;
  const { id } = await findWorkflow(client, args[0] ?? '');
  const data = (await jsonOption(call, 'data')) as Json | undefined;
  const trigger = text(call, 'trigger');
  const key = text(call, 'key');
  const seconds = wholeNumber(call, 'wait');
  const started = await client.startRun({
    params: { id },
    headers: key === undefined ? {} : { 'idempotency-key': key },
    body: { ...(data === undefined ? {} : { data }), ...(trigger === undefined ? {} : { trigger }) },
  });
  const again = started.duplicate ? ' (it was there already)' : '';
  if (seconds === undefined) {
    call.show(started, `Started run ${started.runId}${again}\n${started.url}`);
    return EXIT.ok;
  }
  const run = await waitFor(call, started.runId, seconds, world.signal);
  call.show(run, facts({ run: run.id, status: run.status, ended: run.endedAt, failure: run.failure?.message }));
  return run.status === 'completed' ? EXIT.ok : EXIT.notCompleted;
}

async function waitFor({ client }: Call, id: string, seconds: number, stop: AbortSignal) {
  const signal = AbortSignal.any([AbortSignal.timeout(seconds * 1000), stop]);
  try {
    return await client.runs.wait(id, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return client.getRun({ params: { id } });
  }
}

function formatOf(call: Call): FileFormat {
  const format = text(call, 'format') ?? 'json';
  if (format !== 'json' && format !== 'yaml') throw new UsageError('--format is json or yaml.');
  return format;
}

/** Without what is undefined, as it would travel. */
function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
