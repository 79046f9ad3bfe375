export * from './begin.js';
export * from './figures-server.js';
export { METRIC_TABLE } from './metric-table.js';
export * from './metrics.js';
export * from './trace-context.js';
export * from './tracing.js';
