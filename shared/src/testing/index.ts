export * from './servers.js';
export * from './published-workflow.js';
export * from './until.js';
