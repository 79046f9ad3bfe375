import type { Run } from '@sagawright/shared/contracts';
import type { Entry } from '@sagawright/shared/saga';
import { findWorkflow } from './find-workflow.js';
import { facts, plain, table } from './table.js';
import { EXIT, UsageError, given, text } from './world.js';
import type { Call, Command } from './world.js';

export const runCommands: readonly Command[] = [
  {
    usage: 'runs list [--workflow <id or name>] [--status <status>] [--limit <n>]',
    about: 'Runs, newest first',
    values: ['workflow', 'status', 'limit'],
    run: async (call) => {
      const name = text(call, 'workflow');
      const workflow = name === undefined ? undefined : await findWorkflow(call.client, name);
      const query = { ...given(call, 'status', 'limit'), ...(workflow && { workflowId: workflow.id }) };
      const { items } = await call.client.listRuns({ query: query as never });
      call.show(
        items,
        table(
          ['RUN', 'STATUS', 'WORKFLOW', 'STARTED', 'ENDED', 'FAILURE'],
          items.map((run) => [
            run.id,
            run.status,
            `${run.workflowName} v${String(run.version)}`,
            run.createdAt,
            run.endedAt,
            run.failure?.code,
          ]),
        ),
      );
      return EXIT.ok;
    },
  },
  {
    usage: 'runs show <run>',
    about: 'One run and what it did',
    least: 1,
    run: async (call) => {
      const run = await call.client.getRun({ params: { id: idOf(call) } });
      const journal = await journalOf(call, run.id);
      call.show({ run, journal }, [story(run), '', ...journal.map(line)].join('\n'));
      return EXIT.ok;
    },
  },
  {
    usage: 'runs watch <run>',
    about: 'What a run does, as it does it, until it has ended',
    least: 1,
    run: async (call) => {
      const id = idOf(call);
      for await (const { data } of call.client.liveRun({ params: { id } }, { signal: call.world.signal })) {
        const entry = data as Entry;
        call.show(entry, line(entry));
        if (entry.type === 'run.ended') return entry.outcome === 'completed' ? EXIT.ok : EXIT.notCompleted;
      }
      return EXIT.ok;
    },
  },
  {
    usage: 'runs cancel <run> [--reason <text>]',
    about: 'Stop a run and undo what it did',
    values: ['reason'],
    least: 1,
    run: async (call) => {
      const id = idOf(call);
      const done = await call.client.cancelRun({ params: { id }, body: { reason: text(call, 'reason') ?? '' } });
      call.show(done, `Run ${id} is being cancelled.`);
      return EXIT.ok;
    },
  },
  {
    usage: 'runs retry <run> [--reason <text>]',
    about: 'Try again what a run stopped at: each of its open incidents',
    values: ['reason'],
    least: 1,
    run: async (call) => {
      const id = idOf(call);
      const incidents = openIncidents(await journalOf(call, id));
      if (incidents.length === 0) throw new UsageError(`Run ${id} has no open incident, so there is nothing to retry.`);
      for (const incident of incidents) {
        const body = { resolution: { kind: 'retry' as const }, reason: text(call, 'reason') ?? '' };
        await call.client.resolveIncident({ params: { id, incident }, body });
      }
      call.show({ retried: incidents }, `Run ${id} tries again: ${incidents.join(', ')}.`);
      return EXIT.ok;
    },
  },
];

function idOf({ args }: Call): string {
  return args[0] ?? '';
}

async function journalOf({ client }: Call, id: string): Promise<Entry[]> {
  const journal: Entry[] = [];
  for (;;) {
    const page = await client.getJournal({ params: { id }, query: { after: journal.at(-1)?.seq ?? 0, limit: 1000 } });
    journal.push(...page.items);
    if (!page.more) return journal;
  }
}

function openIncidents(journal: readonly Entry[]): string[] {
  const open = new Set<string>();
  for (const entry of journal) {
    if (entry.type === 'incident.opened') open.add(entry.incident);
    if (entry.type === 'incident.resolved') open.delete(entry.incident);
  }
  return [...open];
}

function story(run: Run): string {
  return facts({
    run: run.id,
    workflow: `${run.workflowName} v${String(run.version)}`,
    status: run.status,
    'held up': run.heldUp,
    started: run.createdAt,
    ended: run.endedAt,
    event: `${run.event.type} from ${run.event.source}`,
    failure: run.failure === null ? null : `${run.failure.code}: ${run.failure.message}`,
  });
}

function line(entry: Entry): string {
  const step = 'step' in entry ? ` ${entry.step}` : '';
  const undo = 'direction' in entry && entry.direction === 'undo' ? ' (undo)' : '';
  const failed = 'failure' in entry && entry.failure !== undefined && entry.failure !== null;
  const why = failed ? ` ${entry.failure?.code ?? ''}: ${entry.failure?.message ?? ''}` : '';
  const outcome = entry.type === 'run.ended' ? ` ${entry.outcome}` : '';
  return plain(`${new Date(entry.at).toISOString()}  ${entry.type}${step}${undo}${outcome}${why}`);
}
