export * from './graph.js';
export * from './step-key.js';
export * from './edit/index.js';
