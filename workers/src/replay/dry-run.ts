/**
 * What a workflow would decide today about events of the past, beside what it decided then. Nobody is called: whoever answered
 * then answers the same again (shared/src/saga/rerun).
 */
import { passesFilter } from '@sagawright/shared/event';
import { differences, Recording, rerun, signature } from '@sagawright/shared/saga';
import type { Compute, Difference, SagaDefinition } from '@sagawright/shared/saga';
import { loadJournals, runsOfEvents, seenEvent, sha256 } from '@sagawright/shared/server';
import type { Queryable, ReplayEvent, ReplayFinding, ReplayTarget, RunOfEvent } from '@sagawright/shared/server';

export interface DryRunWorld {
  readonly sql: Queryable;
  readonly compute: Compute;
  readonly definitionsOf: (versionIds: readonly string[]) => Promise<Map<string, SagaDefinition | null>>;
  /** Lets others of the process go on; called between two runs. */
  readonly breathe: () => Promise<void>;
}

export interface DryRunFigures {
  equal: number;
  different: number;
  /** Of the different ones: what follows a call that nobody was asked for is not known. */
  unknown: number;
  /** Runs whose journal or definition cannot be read any more. */
  failed: number;
  readonly findings: ReplayFinding[];
}

/** Journals of so many runs are in memory at a time. */
const PAGE = 50;

export async function dryRun(
  world: DryRunWorld,
  targets: readonly ReplayTarget[],
  events: readonly ReplayEvent[],
): Promise<DryRunFigures> {
  const figures: DryRunFigures = { equal: 0, different: 0, unknown: 0, failed: 0, findings: [] };
  const workflows = targets.map(({ workflowId }) => workflowId);
  const then = await runsOfEvents(
    world.sql,
    workflows,
    events.map(({ position }) => position),
  );
  const definitions = await world.definitionsOf([...new Set(then.map(({ versionId }) => versionId))]);
  const eventAt = new Map(events.map((event) => [event.position, event]));
  for (const target of targets) {
    if (target.definition === undefined) continue;
    const runs = then.filter(({ workflowId }) => workflowId === target.workflowId);
    for (let from = 0; from < runs.length; from += PAGE) {
      const page = runs.slice(from, from + PAGE);
      const journals = await loadJournals(
        world.sql,
        page.map(({ runId }) => runId),
      );
      for (const run of page) {
        const event = eventAt.get(run.position);
        const recording = new Recording(journals.get(run.runId) ?? []);
        const old = definitions.get(run.versionId) ?? null;
        if (event !== undefined && old !== null && recording.start !== null) {
          await again(world, figures, target.workflowId, { old, young: target.definition, run, event, recording });
        } else figures.failed += 1;
        await world.breathe();
      }
    }
    newlyStarted(figures, target.workflowId, target.definition, events, runs);
  }
  return figures;
}

interface Case {
  readonly old: SagaDefinition;
  readonly young: SagaDefinition;
  readonly run: RunOfEvent;
  readonly event: ReplayEvent;
  readonly recording: Recording;
}

/** A run of then: it is decided about anew, unless its trigger does not start it any more. */
async function again(
  { compute }: DryRunWorld,
  figures: DryRunFigures,
  workflowId: string,
  { old, young, run, event, recording }: Case,
): Promise<void> {
  const { start } = recording;
  if (start === null) return;
  const example = { runId: run.runId, position: event.position, eventId: event.eventId };
  const trigger = young.triggers[start.trigger];
  const settings = trigger?.settings;
  const starts =
    trigger !== undefined &&
    (settings?.kind !== 'trigger.event' ||
      (typeFits(settings.event.type, event.type) && passesFilter(settings.event.filter ?? null, start.event)));
  if (!starts) return add(figures, workflowId, [runDifference('started', 'not started')], example);
  const now = await rerun(young, { ...start, runId: start.runId ?? run.runId }, recording, compute);
  const found = differences(
    { definition: old, journal: recording.entries },
    { definition: young, journal: now.journal },
  );
  if (found.length === 0) figures.equal += 1;
  else {
    if (now.unanswered.length > 0) figures.unknown += 1;
    add(figures, workflowId, found, example);
  }
}

/** Events that started nothing then, and would today. */
function newlyStarted(
  figures: DryRunFigures,
  workflowId: string,
  definition: SagaDefinition,
  events: readonly ReplayEvent[],
  runs: readonly RunOfEvent[],
): void {
  for (const { id, settings } of Object.values(definition.triggers)) {
    if (settings.kind !== 'trigger.event') continue;
    for (const event of events) {
      if (runs.some(({ position, triggerNode }) => position === event.position && triggerNode === id)) continue;
      if (!typeFits(settings.event.type, event.type)) continue;
      if (!passesFilter(settings.event.filter ?? null, seenEvent(event))) continue;
      figures.unknown += 1;
      add(figures, workflowId, [runDifference('not started', 'started')], {
        runId: null,
        position: event.position,
        eventId: event.eventId,
      });
    }
  }
}

const typeFits = (wanted: string, type: string) => wanted === '*' || wanted === type;

const runDifference = (then: string, now: string): Difference => ({
  what: 'run',
  instance: null,
  step: null,
  name: null,
  then,
  now,
});

function add(
  figures: DryRunFigures,
  workflowId: string,
  found: readonly Difference[],
  example: ReplayFinding['example'],
): void {
  figures.different += 1;
  const alike = signature(found);
  figures.findings.push({ workflowId, key: sha256(alike), signature: alike, differences: found.slice(0, 50), example });
}
