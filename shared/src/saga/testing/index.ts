export * from './check-saga.js';
export * from './hand-run.js';
export * from './random-saga.js';
export * from './realise.js';
export * from './regression-sagas.js';
export * from './smaller.js';
export * from './workflow.js';
