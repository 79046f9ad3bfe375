export * from './servers.js';
export * from './published-workflow.js';
