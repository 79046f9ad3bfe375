export * from './random-saga.js';
export * from './workflow.js';
