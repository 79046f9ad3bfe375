export { nextInstant } from './instants.js';
