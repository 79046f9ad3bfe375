export { compile } from './compile.js';
export type { Catalogue, Compiled, CompileOptions } from './compile.js';
export { DIAGNOSTIC_IDS } from './diagnostic.js';
export type { Diagnostic, DiagnosticId } from './diagnostic.js';
