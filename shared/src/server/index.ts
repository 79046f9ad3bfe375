export * from './db/index.js';
export * from './embedded/postgres.js';
export * from './embedded/redis.js';
export * from './env.js';
export * from './ids.js';
export * from './logger.js';
export * from './repository/index.js';
