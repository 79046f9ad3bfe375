export * from './graph.js';
export * from './step-key.js';
