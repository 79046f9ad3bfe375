export type { Catalogue } from './build.js';
export { cronProblem } from './check-triggers.js';
export { compile } from './compile.js';
export type { CallableWorkflow, Compiled, CompileOptions } from './compile.js';
export { DIAGNOSTIC_IDS } from './diagnostic.js';
export type { Diagnostic, DiagnosticId } from './diagnostic.js';
export { applyQuickFix } from './quick-fix.js';
export type { FixEdit, QuickFix } from './quick-fix.js';
