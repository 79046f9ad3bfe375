import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.js';

/** Arguments of a Node process that runs Jest over ES modules. */
export function jestArguments(args: readonly string[]): string[] {
  return ['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js'), ...args];
}

/** @returns Jest's exit code */
export function runJest(args: readonly string[]): number {
  const result = spawnSync(process.execPath, jestArguments(args), { cwd: root, stdio: 'inherit' });
  return result.status ?? 1;
}
