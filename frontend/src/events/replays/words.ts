/** What a replay is, does and has found, in words. */
import type { Replay, ReplayGroup } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import type { Tone } from '../../ui/index.js';

export const STATUS: Record<Replay['status'], { readonly word: string; readonly tone: Tone }> = {
  running: { word: 'Running', tone: 'running' },
  paused: { word: 'Paused', tone: 'waiting' },
  done: { word: 'Done', tone: 'done' },
  cancelled: { word: 'Cancelled', tone: 'idle' },
  failed: { word: 'Failed', tone: 'failed' },
};

/** `Order saga (draft), Refunds v3`. */
export function targetsOf({ workflows }: Replay): string {
  return workflows
    .map(
      ({ workflowName, version, number }) =>
        `${workflowName ?? 'A workflow that is gone'} ${version === 'draft' ? '(draft)' : `v${String(number)}`}`,
    )
    .join(', ');
}

export function foundBy({ mode, matched, started, equal, different, unknown, failed }: Replay): string {
  if (mode === 'live') return `${count(started, 'run')} started from ${count(matched, 'event')}`;
  const parts = [`${count(equal, 'run')} decided alike`, `${String(different)} otherwise`];
  if (unknown > 0) parts.push(`${String(unknown)} of them not to the end`);
  if (failed > 0) parts.push(`${String(failed)} could not be read`);
  return parts.join(', ');
}

function count(n: number, of: string): string {
  return `${String(n)} ${of}${n === 1 ? '' : 's'}`;
}

type Difference = ReplayGroup['differences'][number];

/** One difference as a sentence. */
export function differenceWords({ what, name, then, now }: Difference): string {
  const step = name ?? 'The run';
  switch (what) {
    case 'step-added':
      return `${step} would run today`;
    case 'step-removed':
      return `${step} would not run any more`;
    case 'input':
      return `${step} would be called with something else`;
    case 'way':
      return `${step} would leave by “${shown(now)}” instead of “${shown(then)}”`;
    case 'outcome':
      return `${step} would end ${shown(now)} instead of ${shown(then)}`;
    case 'undo':
      return now === null
        ? `${step} would not be undone`
        : `The undo of ${step} would be ${shown(now)} instead of ${shown(then)}`;
    case 'output':
      return 'The run would end alike, with another output';
    case 'run':
      return `The run: ${shown(now)} instead of ${shown(then)}`;
  }
}

export function shown(value: Json): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
