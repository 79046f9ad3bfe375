export * from './check-saga.js';
export * from './hand-run.js';
export * from './random-saga.js';
export * from './regression-sagas.js';
export * from './workflow.js';
