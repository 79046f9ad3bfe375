import { instanceId } from '@sagawright/shared/saga';
import type { Entry, SagaDefinition } from '@sagawright/shared/saga';
import type { GlyphName, Tone } from '../ui/index.js';
import { formatDuration } from '../ui/index.js';
import { instanceName, undoName } from './attempts.js';

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

/** The groups that an entry belongs to. */
export function entryGroups(entry: Entry): readonly EntryGroup[] {
  const groups: EntryGroup[] = [];
  if (entry.type.startsWith('step.')) groups.push('steps');
  if (entry.type === 'step.failed' || entry.type === 'step.unknown' || entry.type === 'incident.opened')
    groups.push('failures');
  if ('direction' in entry && entry.direction === 'undo') groups.push('undo');
  if (entry.type === 'incident.resolved' || entry.type === 'run.cancel-requested') groups.push('people');
  if (entry.type.startsWith('run.')) groups.push('run');
  return groups;
}

const RESOLUTION_WORDS = {
  retry: 'try again',
  'retry-with-input': 'try again with other input',
  done: 'done by hand',
  skip: 'leave it as it is',
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
      return {
        title: undo ? `${name(definition, entry)} succeeded${late}` : `${name(definition, entry)} done${late}`,
        detail: undo
          ? `${instanceName(definition, instanceId(entry))} is undone`
          : port(definition, entry.step, entry.port),
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
        title: `${instanceName(definition, instanceId(entry))} waits`,
        detail: `for ${formatDuration(entry.until - entry.at)}`,
        tone: 'waiting',
        glyph: 'waiting',
      };
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
    case 'incident.opened':
      return {
        title: `${name(definition, entry)} needs a person`,
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
    readonly direction: 'forward' | 'undo';
  },
): string {
  const id = instanceId(entry);
  return entry.direction === 'undo' ? undoName(definition, id) : instanceName(definition, id);
}

/** Which way a branch went; null where there is only one. */
function port(definition: SagaDefinition, stepId: string, taken: string): string | null {
  const step = definition.steps[stepId];
  if (step?.kind !== 'branch') return taken === 'error' ? 'Took the error path' : null;
  const found = step.cases.find((each) => each.id === taken);
  return `Took “${found === undefined ? 'else' : found.label === '' ? found.when : found.label}”`;
}
