export * from './containers.js';
export * from './field.js';
export * from './graph.js';
export * from './migrate.js';
export * from './ports.js';
export * from './step-key.js';
export * from './templates.js';
export * from './edit/index.js';
