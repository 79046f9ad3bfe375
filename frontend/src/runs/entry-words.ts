import { instanceId } from '@sagawright/shared/saga';
import type { Entry, EntryOf, SagaDefinition } from '@sagawright/shared/saga';
import type { GlyphName, Tone } from '../ui/index.js';
import { formatDuration } from '../ui/index.js';
import { instanceName, undoName } from './attempts.js';
import { awaitedWords, portWords } from './wait-words.js';

/** Kinds by which the journal can be filtered (R19). */
export const ENTRY_GROUPS = ['steps', 'failures', 'undo', 'people', 'run'] as const;
export type EntryGroup = (typeof ENTRY_GROUPS)[number];

export interface EntryWords {
  readonly title: string;
  /** Second line; null when the title says it all. */
  readonly detail: string | null;
  readonly tone: Tone;
  readonly glyph: GlyphName;
}

const FAILURES: ReadonlySet<Entry['type']> = new Set([
  'step.failed',
  'step.unknown',
  'scope.timed-out',
  'incident.opened',
]);
const DECISIONS: ReadonlySet<Entry['type']> = new Set([
  'incident.resolved',
  'run.cancel-requested',
  'run.terminate-requested',
  'run.undo-requested',
  'task.nudged',
]);

/** The groups that an entry belongs to. */
export function entryGroups(entry: Entry): readonly EntryGroup[] {
  const groups: EntryGroup[] = [];
  if ('step' in entry && entry.type !== 'incident.opened') groups.push('steps');
  if (FAILURES.has(entry.type)) groups.push('failures');
  if (('direction' in entry && entry.direction === 'undo') || entry.type === 'run.undo-requested') groups.push('undo');
  if (DECISIONS.has(entry.type) || (entry.type === 'step.succeeded' && entry.by !== undefined)) groups.push('people');
  if (entry.type.startsWith('run.')) groups.push('run');
  return groups;
}

const RESOLUTION_WORDS = {
  retry: 'try again',
  'retry-with-input': 'try again with other input',
  done: 'done by hand',
  skip: 'leave it as it is',
  'use-action': 'another action in its place',
  'resume-forward': 'undo nothing more, go on forward',
  'compensate-from-here': 'take it as failed and undo',
  abandon: 'end the run as it is',
} as const;

const OUTCOME_WORDS = {
  completed: 'Run completed',
  failed: 'Run failed',
  compensated: 'Run undone',
  cancelled: 'Run cancelled',
  terminated: 'Run terminated',
} as const;

/** One entry in words. */
export function entryWords(definition: SagaDefinition, entry: Entry): EntryWords {
  switch (entry.type) {
    case 'run.started':
      return {
        title: 'Run started',
        // Runs started by hand carry an address of our own as their source, which says nothing to a reader.
        detail: entry.event.source.startsWith('/workflows/')
          ? 'By hand or over the interface'
          : `${entry.event.type} from ${entry.event.source}`,
        tone: 'running',
        glyph: 'started',
      };
    case 'run.admitted':
      return quiet('The run has its place', `Key ${entry.key}`, 'started');
    case 'run.waiting':
      return {
        title: 'The run stands in line',
        detail:
          entry.until === null
            ? `Until there is a place for ${entry.key}`
            : `Until nobody has come after it for ${formatDuration(entry.until - entry.at)}; key ${entry.key}`,
        tone: 'waiting',
        glyph: 'waiting',
      };
    case 'run.refused':
      return { title: 'The run was not let in', detail: entry.failure.message, tone: 'failed', glyph: 'failed' };
    case 'step.started': {
      const undo = entry.direction === 'undo';
      return {
        title: `${name(definition, entry)} ${undo ? 'began to undo' : 'began'}`,
        detail: entry.attempt === 1 ? null : `Attempt ${String(entry.attempt)}`,
        tone: undo ? 'undo' : 'running',
        glyph: 'started',
      };
    }
    case 'step.succeeded': {
      const undo = entry.direction === 'undo';
      const late = entry.late === true ? ', after it had been given up' : '';
      if (entry.by !== undefined) {
        return {
          title: `${entry.by.name} completed ${name(definition, entry)}`,
          detail: wayTaken(definition, entry),
          tone: 'done',
          glyph: 'done',
        };
      }
      return {
        title: undo ? `${name(definition, entry)} succeeded${late}` : `${name(definition, entry)} done${late}`,
        detail: undo ? `${instanceName(definition, instanceId(entry))} is undone` : wayTaken(definition, entry),
        tone: undo ? 'undo' : 'done',
        glyph: undo ? 'undone' : 'done',
      };
    }
    case 'step.failed':
    case 'step.unknown': {
      const verdict = entry.type === 'step.failed' ? 'failed' : 'has an unknown outcome';
      const next =
        entry.retryAt === null ? 'for good' : `next attempt after ${formatDuration(entry.retryAt - entry.at)}`;
      return {
        title: `${name(definition, entry)} ${verdict}, ${next}`,
        detail: entry.failure.message,
        tone: entry.retryAt === null ? 'failed' : 'waiting',
        glyph: entry.retryAt !== null ? 'retrying' : entry.type === 'step.failed' ? 'failed' : 'unknown',
      };
    }
    case 'step.waiting':
      return {
        title: `${name(definition, entry)} waits`,
        detail: waitWords(entry),
        tone: entry.direction === 'undo' ? 'undo' : 'waiting',
        glyph: 'waiting',
      };
    case 'step.admitted':
      return quiet(`${name(definition, entry)} has its slot`, null, 'started');
    case 'step.skipped':
      return quiet(`${name(definition, entry)} skipped`, 'Its condition said so; there is nothing to undo.', 'skipped');
    case 'step.opened':
      return {
        title: `${name(definition, entry)} opened`,
        detail: openedWords(entry),
        tone: 'running',
        glyph: 'started',
      };
    case 'item.recalled':
      return quiet(
        `${name(definition, entry)} goes back to ${entry.items.length === 1 ? 'an item' : `${String(entry.items.length)} items`}`,
        'What was done for it is undone next.',
        'undoing',
      );
    case 'step.continued':
      return {
        title: `${name(definition, entry)} goes on with its next pass`,
        detail: null,
        tone: 'running',
        glyph: 'started',
      };
    case 'scope.timed-out':
      return {
        title: `${name(definition, entry)} ran out of time`,
        detail: entry.failure.message,
        tone: 'failed',
        glyph: 'failed',
      };
    case 'task.nudged': {
      const escalated = entry.nudge === 'escalation';
      const next = entry.next === null ? null : `Next after ${formatDuration(entry.next - entry.at)}`;
      const title = escalated ? 'was passed on to others' : 'was brought to mind again';
      return { title: `${name(definition, entry)} ${title}`, detail: next, tone: 'waiting', glyph: 'waiting' };
    }
    case 'child.cancel-requested':
      return quiet(`The child run of ${name(definition, entry)} was asked to stop`, entry.reason, 'cancelled');
    case 'step.cancelled':
      return {
        title: `${instanceName(definition, instanceId(entry))} cancelled`,
        detail: entry.reason,
        tone: 'idle',
        glyph: 'cancelled',
      };
    case 'run.cancel-requested':
      return {
        title: `${entry.by.name} asked to cancel the run`,
        detail: entry.reason === '' ? null : entry.reason,
        tone: 'idle',
        glyph: 'cancelled',
      };
    case 'run.terminate-requested':
      return quiet(`${entry.by.name} terminated the run`, entry.reason, 'cancelled');
    case 'run.undo-requested':
      return {
        title: `${entry.by.name} asked to undo the finished run`,
        detail: entry.reason === '' ? null : entry.reason,
        tone: 'undo',
        glyph: 'undoing',
      };
    case 'incident.opened':
      return {
        title: entry.step === '' ? 'The run needs a person' : `${name(definition, entry)} needs a person`,
        detail: entry.failure.message,
        tone: 'failed',
        glyph: 'blocked',
      };
    case 'incident.resolved':
      return {
        title: `${entry.by.name} decided: ${RESOLUTION_WORDS[entry.resolution.kind]}`,
        detail: entry.reason === '' ? null : entry.reason,
        tone: 'done',
        glyph: 'done',
      };
    case 'run.ended': {
      const tone = {
        completed: 'done',
        failed: 'failed',
        compensated: 'undo',
        cancelled: 'idle',
        terminated: 'idle',
      } as const;
      const glyph = {
        completed: 'done',
        failed: 'failed',
        compensated: 'undone',
        cancelled: 'cancelled',
        terminated: 'cancelled',
      } as const;
      return {
        title: OUTCOME_WORDS[entry.outcome],
        detail: entry.failure?.message ?? null,
        tone: tone[entry.outcome],
        glyph: glyph[entry.outcome],
      };
    }
  }
}

/** The instance that an entry is about; null when it is about the run. */
export function entryInstance(entry: Entry): string | null {
  return 'step' in entry ? instanceId(entry) : null;
}

function name(
  definition: SagaDefinition,
  entry: {
    readonly step: string;
    readonly path: string;
    readonly generation: number;
    readonly direction?: 'forward' | 'undo' | undefined;
  },
): string {
  const id = instanceId(entry);
  return entry.direction === 'undo' ? undoName(definition, id) : instanceName(definition, id);
}

function quiet(title: string, detail: string | null, glyph: GlyphName): EntryWords {
  return { title, detail: detail === '' ? null : detail, tone: 'idle', glyph };
}

/** Which way a step went on; null where there is only one. */
function wayTaken(definition: SagaDefinition, entry: EntryOf<'step.succeeded'>): string | null {
  const step = definition.steps[entry.step];
  if (step === undefined) return null;
  if (step.kind === 'inclusive' && (entry.ports ?? []).length > 1) {
    return `Took ${(entry.ports ?? []).map((each) => `“${portWords(step, each)}”`).join(', ')}`;
  }
  const words = portWords(step, entry.port);
  return words === null ? null : `Took “${words}”`;
}

function openedWords({ items, deadline, at }: EntryOf<'step.opened'>): string | null {
  const parts = [
    items === undefined ? '' : items.length === 1 ? '1 item' : `${String(items.length)} items`,
    deadline === null ? '' : `has to be over in ${formatDuration(deadline - at)}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? null : parts.join(', ');
}

function waitWords({ awaits, until, at }: EntryOf<'step.waiting'>): string {
  const what = awaits
    .filter((each) => each.kind !== 'timer')
    .map(awaitedWords)
    .join(', or ');
  if (until === null) return what === '' ? 'until somebody goes on with it' : `for ${what}`;
  const time = formatDuration(until - at);
  return what === '' ? `for ${time}` : `for ${what}; time goes on with it after ${time}`;
}
