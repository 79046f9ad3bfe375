/** What a participant of a test says. */
import type { AttemptResult } from '@sagawright/shared/saga';

export const done: AttemptResult = { kind: 'succeeded', output: { ok: true } };
export const refused: AttemptResult = {
  kind: 'failed',
  failure: { code: 'http.status.422', kind: 'user', message: 'Refused.' },
};
