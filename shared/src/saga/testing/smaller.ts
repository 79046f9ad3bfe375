/** Smaller sagas to try when one fails: a part left out, a group replaced by one of its sides, fewer faults and settings. */
import type { Part, RandomSaga } from './random-saga.js';

type Parts = readonly Part[];

export function* smaller(saga: RandomSaga): Generator<RandomSaga> {
  const { terminateRate, undoFinished, deadlineMs, places, goesOn, ...rest } = saga;
  if (terminateRate) yield { ...saga, terminateRate: undefined };
  if (undoFinished) yield { ...saga, undoFinished: undefined };
  if (deadlineMs !== undefined) yield { ...saga, deadlineMs: undefined };
  if (places) yield { ...saga, places: undefined };
  if (goesOn) yield { ...saga, goesOn: undefined };
  if (rest.crashRate > 0) yield { ...saga, crashRate: 0 };
  if (rest.cancelRate > 0) yield { ...saga, cancelRate: 0 };
  for (const person of ['absent', 'repeats-undos'] as const)
    if (rest.person !== person && rest.person !== 'absent') yield { ...saga, person };
  for (const parts of smallerParts(saga.parts)) if (parts.length > 0) yield { ...saga, parts };
}

function* smallerParts(parts: Parts): Generator<Parts> {
  for (const [index, part] of parts.entries()) {
    const replaced = (by: Parts): Parts => [...parts.slice(0, index), ...by, ...parts.slice(index + 1)];
    yield replaced([]);
    const groups = groupsOf(part);
    for (const group of groups) yield replaced(group);
    for (const [at, group] of groups.entries()) {
      for (const inner of smallerParts(group)) {
        if (inner.length > 0) yield replaced([withGroups(part, groups.with(at, inner))]);
      }
    }
    for (const plainer of plainerParts(part)) yield replaced([plainer]);
  }
}

/** Paths inside a part, always in the same order. */
function groupsOf(part: Part): Parts[] {
  switch (part.kind) {
    case 'branch':
    case 'task':
      return [part.yes, part.no];
    case 'race':
      return [part.onEvent, part.onTimer, part.onTask];
    case 'parallel':
    case 'inclusive':
      return [...part.branches];
    case 'scope':
      return [part.body, ...(part.handler ? [part.handler] : []), ...(part.resume ? [part.resume] : [])];
    case 'for-each':
    case 'repeat':
      return [part.body];
    default:
      return [];
  }
}

function withGroups(part: Part, groups: readonly Parts[]): Part {
  const [first = [], second = [], third = []] = groups;
  switch (part.kind) {
    case 'branch':
    case 'task':
      return { ...part, yes: first, no: second };
    case 'race':
      return { ...part, onEvent: first, onTimer: second, onTask: third };
    case 'parallel':
    case 'inclusive':
      return { ...part, branches: groups };
    case 'scope':
      return {
        ...part,
        body: first,
        handler: part.handler && second,
        resume: part.resume && (part.handler ? third : second),
      };
    case 'for-each':
    case 'repeat':
      return { ...part, body: first };
    default:
      return part;
  }
}

/** The same part with one setting less. */
function* plainerParts(part: Part): Generator<Part> {
  if ('option' in part && part.option) yield { ...part, option: undefined };
  if ('onFailure' in part && part.onFailure !== 'fail') yield { ...part, onFailure: 'fail' };
  if ('timeout' in part && part.timeout !== 'none') yield { ...part, timeout: 'none' };
  if ('forward' in part && part.forward.length > 0) yield { ...part, forward: part.forward.slice(0, -1) };
  if ('back' in part && part.back.length > 0) yield { ...part, back: part.back.slice(0, -1) };
  switch (part.kind) {
    case 'step':
      if (part.onlyAt !== undefined) yield { ...part, onlyAt: undefined };
      if (part.effect !== 'keyed') yield { ...part, effect: 'keyed' };
      return;
    case 'scope':
      if (part.handler) yield { ...part, handler: null };
      if (part.resume) yield { ...part, resume: null };
      if (part.asUnit) yield { ...part, asUnit: false };
      if (part.undo !== 'inside') yield { ...part, undo: 'inside' };
      return;
    case 'for-each':
      if (part.items > 0) yield { ...part, items: part.items - 1 };
      if (part.limit !== null) yield { ...part, limit: null };
      if (part.policy !== 'fail') yield { ...part, policy: 'fail' };
      return;
    case 'repeat':
      if (part.passes > 0) yield { ...part, passes: part.passes - 1 };
      if (part.bound !== 'none') yield { ...part, bound: 'none' };
      return;
    case 'call':
      if (part.end !== 'completed') yield { ...part, end: 'completed' };
      if (part.refusesCancel) yield { ...part, refusesCancel: false };
      if (part.refusesUndo) yield { ...part, refusesUndo: false };
      return;
    case 'parallel':
      if (part.branches.length > 2) yield { ...part, branches: part.branches.slice(0, -1) };
      return;
    case 'transform':
      if (part.writes) yield { kind: 'transform' };
      return;
    default:
      return;
  }
}
