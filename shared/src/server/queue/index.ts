export * from './doorbell.js';
