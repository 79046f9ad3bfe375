export * from './ingest.js';
export * from './run-claim.js';
export * from './run-commit.js';
export * from './run-signal.js';
export * from './run-sweep.js';
