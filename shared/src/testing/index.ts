export * from './servers.js';
export * from './redis-cluster.js';
export * from './ways.js';
export * from './published-workflow.js';
export * from './until.js';
export * from './cpu-time.js';
export * from './saga-definition.js';
export * from '../saga/testing/index.js';
