export { codeSandbox } from './sandbox.js';
export type { CodeSandbox, CodeSandboxOptions } from './sandbox.js';
