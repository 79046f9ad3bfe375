export { compileFast, NOT_FAST } from './compile.js';
export type { FastExpression } from './compile.js';
export { Budget } from './run.js';
