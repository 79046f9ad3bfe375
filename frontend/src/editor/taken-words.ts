/** Who takes a failure, in words: they go on a sentence that has named the failing step. */
import type { FailureTaken, StepId } from '@sagawright/shared/saga';

/** @param nameOf what a step is called on the drawing */
export function takenWords({ kind, by, way }: FailureTaken, nameOf: (step: StepId) => string): string {
  const named = way.map((step) => `“${nameOf(step)}”`).join(' and ');
  switch (kind) {
    case 'handler':
      return `taken by ${named} (on failure inside ${nameOf(by)})`;
    case 'error-edge':
      return `taken by ${named} (on error of ${nameOf(by)})`;
    case 'timeout-edge':
      return `taken by ${named} (on timeout of ${nameOf(by)})`;
    case 'save-point':
      return `taken by ${named} (resume here of ${nameOf(by)})`;
    case 'continue':
      return `${nameOf(by)} goes on after a failure`;
    case 'item':
      return `${nameOf(by)} goes on without the item`;
    case 'person':
      return `${nameOf(by)} waits for a person`;
  }
}
