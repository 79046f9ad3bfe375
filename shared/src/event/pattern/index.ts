export { explainPattern } from './explain.js';
export type { Explanation, FieldExplanation } from './explain.js';
export { eventFields } from './fields.js';
export type { EventFields } from './fields.js';
export { Budget, MAX_BRANCHES, PatternIndex } from './index-of-patterns.js';
export { matchesFields, matchesPattern } from './match.js';
export { parsePattern } from './parse.js';
export type { PatternParse, PatternProblem } from './parse.js';
export type { Condition, EventPattern, ValueTest } from './pattern.js';
