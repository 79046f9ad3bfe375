export * from './egress.js';
export * from './operation.js';
