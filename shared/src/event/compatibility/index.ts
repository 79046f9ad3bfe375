export { checkCompatibility, COMPATIBILITY_MODES } from './compatibility.js';
export type { CompatibilityMode, CompatibilityReport, Incompatibility } from './compatibility.js';
