export * from './auth.js';
export * from './demo-shop.js';
export * from './problem.js';
export * from './route.js';
export * from './runs.js';
export * from './workflows.js';
