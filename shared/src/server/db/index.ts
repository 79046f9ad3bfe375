export * from './again.js';
export * from './away.js';
export * from './database.js';
export * from './migrate.js';
export * from './session.js';
export * from './storable-json.js';
