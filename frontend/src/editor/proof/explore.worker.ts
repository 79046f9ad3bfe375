/** One question, one answer; who asked ends the worker. */
import './jitless.js';
import { explore } from '@sagawright/shared/saga';
import type { Question } from './prover.js';

addEventListener('message', ({ data: { definition, maxStates } }: MessageEvent<Question>) => {
  postMessage(explore(definition, { maxStates }));
});
