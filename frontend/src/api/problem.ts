import type { Problem } from '@sagawright/shared/contracts';
import { ApiError } from './client.js';

/** What the screen says about something that went wrong: what happened, what to do, an id to quote. */
export interface ApiProblem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly reference: string;
  readonly fields: NonNullable<Problem['errors']>;
  readonly context?: Problem['context'];
}

/** Words for any thrown thing; a request that never arrived reads as the network's fault, not as ours or the person's. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiError) {
    const { code, title, detail, instance, errors, context } = error.problem;
    return { code, title, detail, reference: instance, fields: errors ?? [], context };
  }
  if (error instanceof TypeError) {
    return {
      code: 'network.unreachable',
      title: 'The server cannot be reached',
      detail: 'Check that Sagawright is running and that you are online, then try again.',
      reference: '',
      fields: [],
    };
  }
  return {
    code: 'app.unexpected',
    title: 'Something unexpected happened',
    detail: error instanceof Error ? error.message : 'Reload the page and try again.',
    reference: '',
    fields: [],
  };
}
