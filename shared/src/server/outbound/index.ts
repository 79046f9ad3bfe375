export * from './endpoint-url.js';
export * from './signing.js';
