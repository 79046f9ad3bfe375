export * from './manifest.js';
export * from './catalogue.js';
export { EVENTS_CONNECTOR, PUBLISH_OPERATION, publishInputSchema } from './publish.js';
