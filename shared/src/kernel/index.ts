export * from './failure.js';
export * from './json.js';
export * from './random.js';
export * from './result.js';
