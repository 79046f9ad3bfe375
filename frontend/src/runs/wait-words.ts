/** What a waiting step waits for, and the ways that lead out of a step, in words. */
import type { Awaited, StepDefinition } from '@sagawright/shared/saga';

/** Goes behind "waits for". */
export function awaitedWords(awaited: Awaited): string {
  switch (awaited.kind) {
    case 'event':
      return `${awaited.type === '*' ? 'any event' : `the event ${awaited.type}`}${knownBy(awaited)}`;
    case 'timer':
      return 'its time';
    case 'task':
      return `the task “${awaited.title}” ${awaited.assignees.length === 0 ? 'by anybody' : `by ${awaited.assignees.join(', ')}`}`;
    case 'child':
      return 'its child run';
    case 'slot':
      return awaited.perMs === null
        ? `a slot: ${awaited.key} has ${String(awaited.limit)} at a time`
        : `a slot: ${awaited.key} has a limited rate`;
  }
}

function knownBy({ correlation, filter }: Extract<Awaited, { kind: 'event' }>): string {
  const value = correlation === null ? '' : ` whose ${correlation.path} is ${JSON.stringify(correlation.value)}`;
  return filter === null ? value : `${value}${value === '' ? ' that' : ' and that'} its filter lets through`;
}

/** Name of the way that a step leaves by; null for the one way that most steps have. */
export function portWords(step: StepDefinition, port: string): string | null {
  if (port === 'error') return 'the error path';
  if (port === 'timeout') return 'the timeout path';
  switch (step.kind) {
    case 'branch':
    case 'inclusive': {
      const found = step.cases.find((each) => each.id === port);
      return found === undefined ? 'else' : found.label === '' ? found.when : found.label;
    }
    case 'task':
      return step.task.outcomes.find((each) => each.id === port)?.label ?? port;
    case 'race':
      return step.arms.find((each) => each.id === port)?.label ?? port;
    default:
      return port === 'resume' ? 'the way on from its save-point' : null;
  }
}
