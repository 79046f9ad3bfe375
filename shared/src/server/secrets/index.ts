export * from './password.js';
export * from './sealer.js';
