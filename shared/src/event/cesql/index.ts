export { evaluateCesql, evaluateCesqlText, passesCesql } from './evaluate.js';
export type { CesqlEvent, CesqlResult } from './evaluate.js';
export { CESQL_MAX_LENGTH, parseCesql } from './parse.js';
export type { CesqlParse } from './parse.js';
export type { CesqlError, CesqlErrorKind, CesqlExpression, CesqlValue } from './syntax.js';
export { cesqlParts, cesqlText } from './text-of.js';
