export { expressionEngine } from './engine.js';
export type { ExpressionEngine, ExpressionEngineOptions } from './engine.js';
