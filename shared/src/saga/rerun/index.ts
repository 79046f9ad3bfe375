export { differences, signature } from './difference.js';
export type { Difference, Side } from './difference.js';
export { Recording } from './recording.js';
export { rerun } from './rerun.js';
export type { Rerun, RerunStart } from './rerun.js';
