export * from './manifest.js';
export * from './catalogue.js';
