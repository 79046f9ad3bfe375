export { explainFilter } from './explain.js';
export type { ExplainedPart, FilterExplanation } from './explain.js';
export { eventFilterSchema, passesFilter, passesReadFilter, readFilter, rememberedFilter } from './filter.js';
export type { EventFilter, FilterProblem, FilterReading, ReadFilter } from './filter.js';
export { neededConditions } from './needed-pattern.js';
export type { SeenEvent } from './seen-event.js';
export { TriggerIndex } from './trigger-index.js';
export type { IndexedTrigger } from './trigger-index.js';
