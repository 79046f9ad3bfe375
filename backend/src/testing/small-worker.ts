/**
 * A worker for tests of the doors: takes what is due, does it with the pure core, and writes it as the real one would. Every
 * operation succeeds at once with the output `{ did: <operation> }`. It never waits: what has to be waited for stays due.
 */
import { evaluateTemplate } from '@sagawright/shared/expression';
import {
  answerWait,
  decide,
  entryBodySchema,
  evaluateStep,
  evolve,
  instanceId,
  replay,
  resolveIncident,
  settleAttempt,
  settleCommand,
  startAttempt,
} from '@sagawright/shared/saga';
import type { Command, Compute, Entry, NewEntry, RunState, SagaDefinition, WaitAnswer } from '@sagawright/shared/saga';
import {
  claimRuns,
  commitRunsAndBeside,
  loadDefinitions,
  loadJournals,
  pendingSignals,
  prepareEntry,
  registerWorker,
  uuidv7,
} from '@sagawright/shared/server';
import type { ClaimedRun, Database, RunBeside } from '@sagawright/shared/server';

const compute: Compute = {
  evaluate: (template, scope) => evaluateTemplate(template, scope),
  code: () => Promise.reject(new Error('This worker runs no code.')),
};

export class SmallWorker {
  private readonly incarnation = uuidv7();
  private registered = false;

  constructor(private readonly database: Database) {}

  /** Takes every run that is due as far as it goes now. @returns how many runs there were */
  async work(): Promise<number> {
    const { pool } = this.database;
    if (!this.registered) {
      await registerWorker(pool, { incarnation: this.incarnation, host: 'test', pid: 1, version: '0' }, 3_600_000);
      this.registered = true;
    }
    const runs = await claimRuns(pool, 0, this.incarnation, 1000);
    for (const run of runs) await this.advance(run);
    return runs.length;
  }

  private async advance(run: ClaimedRun): Promise<void> {
    const { pool } = this.database;
    const definition = (await loadDefinitions(pool, [run.versionId])).get(run.versionId);
    const before = definition && replay(definition, (await loadJournals(pool, [run.id])).get(run.id) ?? []);
    if (!definition || !before) throw new Error(`Run ${run.id} cannot be read.`);
    const story = new Story(definition, before);
    const signals = await pendingSignals(pool, [run.id]);
    for (const signal of signals) await story.hear(signal.body);
    await story.goOn(run.id);
    const { state, entries } = story;
    const ended = state.endedAt !== null;
    const wakeAt = state.live.flatMap((id) => state.instances[id]?.wakeAt ?? []).sort((a, b) => a - b)[0] ?? null;
    const { signals: written } = await commitRunsAndBeside(
      this.database,
      pool,
      this.incarnation,
      [
        {
          id: run.id,
          epoch: run.epoch,
          nextSeq: run.nextSeq,
          entries: entries.map((entry) => {
            const prepared = prepareEntry(entry, run);
            if (!prepared.ok) throw new Error(prepared.error.message);
            return prepared.value;
          }),
          status: state.status,
          failure: state.failure,
          release: ended ? { kind: 'end' } : { kind: 'park', wakeAt },
          signalsSeen: run.signals,
          signalsUsed: signals.map(({ number }) => number),
          beside: besideOf(run, before, story),
        },
      ],
      1,
    );
    if (!written.has(run.id)) throw new Error(`Run ${run.id} was fenced.`);
  }
}

/** A run that is being told, from where its journal stands. */
class Story {
  readonly entries: Entry[] = [];

  constructor(
    readonly definition: SagaDefinition,
    public state: RunState,
  ) {}

  /** What nobody waits for is passed over, as by the real one. */
  async hear(body: unknown): Promise<void> {
    const { definition, state } = this;
    const signal = body as { type: string } & Record<string, unknown>;
    if (signal.type === 'task.answered' || signal.type === 'event.arrived') {
      const kind = signal.type === 'task.answered' ? 'task' : 'event';
      const answer = { ...signal, kind } as unknown as WaitAnswer;
      const entry = await answerWait(definition, state, answer, compute.evaluate, Date.now());
      if (entry.ok) this.add(entry.value);
      return;
    }
    const asked = entryBodySchema.parse(body);
    if (asked.type !== 'incident.resolved') return this.add({ ...asked, at: Date.now() });
    const { incident, resolution, by, reason } = asked;
    const { evaluate } = compute;
    this.add(await resolveIncident(definition, state, incident, resolution, by, reason, evaluate, Date.now()));
  }

  async goOn(runId: string): Promise<void> {
    for (;;) {
      const [command] = decide(this.definition, this.state, Date.now());
      if (command === undefined) return;
      await this.obey(command, runId);
    }
  }

  private async obey(command: Command, runId: string): Promise<void> {
    const at = Date.now();
    switch (command.kind) {
      case 'evaluate':
      case 'elapse':
        return this.add(await evaluateStep(this.definition, this.state, command.instance, compute, at));
      case 'attempt': {
        const { evaluate } = compute;
        this.add(await startAttempt(this.definition, this.state, command, runId, evaluate, at));
        const step = this.definition.steps[this.state.instances[command.instance]?.step ?? ''];
        const output = { did: step?.kind === 'action' ? step.operation : '' };
        const result = { kind: 'succeeded', output } as const;
        return this.add(await settleAttempt(this.definition, this.state, command, result, evaluate, at, () => 0.5));
      }
      case 'admit-run':
      case 'admit':
      case 'abort-attempt':
      case 'recall':
        throw new Error(`This worker knows no "${command.kind}".`);
      default:
        return this.add(settleCommand(this.definition, this.state, command, at));
    }
  }

  private add(entry: NewEntry): void {
    const placed: Entry = { ...entry, seq: this.state.seq + 1 };
    this.entries.push(placed);
    this.state = evolve(this.definition, this.state, placed);
  }
}

function besideOf(run: ClaimedRun, before: RunState, { state, entries }: Story): RunBeside {
  const opened = entries
    .filter((entry) => entry.type === 'step.waiting')
    .flatMap((entry) =>
      entry.awaits.map((awaited) => ({ instance: instanceId(entry), seq: entry.seq, at: entry.at, awaited })),
    )
    .filter(({ instance }) => state.instances[instance]?.status === 'waiting');
  const over = Object.values(before.instances).filter(
    ({ id, status }) => status === 'waiting' && state.instances[id]?.status !== 'waiting',
  );
  return {
    workspaceId: run.workspaceId,
    workflowId: run.workflowId,
    waits: opened.flatMap(({ awaited, ...wait }) =>
      awaited.kind === 'event' ? [{ ...wait, awaited, taken: [] }] : [],
    ),
    tasks: opened.flatMap(({ awaited, ...task }) => (awaited.kind === 'task' ? [{ ...task, awaited }] : [])),
    settled: over.map(({ id, awaits }) => ({
      instance: id,
      at: Date.now(),
      answer: answerOf(awaits, state.instances[id]),
    })),
    nudges: [],
    reopened: [],
    freed: [],
    leaves: false,
    children: [],
    cancelled: [],
    parent: null,
    trouble: null,
  };
}

/** What a task was answered, if that is what settled the step. */
function answerOf(
  awaits: RunState['instances'][string]['awaits'],
  settled: RunState['instances'][string] | undefined,
): RunBeside['settled'][number]['answer'] {
  const task = awaits.find((each) => each.kind === 'task' && (each.arm === null || each.arm === settled?.port));
  if (task?.kind !== 'task' || settled?.status !== 'succeeded') return null;
  return {
    arm: task.arm,
    ...(settled.output as unknown as Omit<NonNullable<RunBeside['settled'][number]['answer']>, 'arm'>),
  };
}
