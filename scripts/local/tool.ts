import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.js';

/** Runs tests/<tool>/main with this command's arguments; @returns its exit code */
export function runTool(tool: string): number {
  const result = spawnSync(
    process.execPath,
    ['--enable-source-maps', join(root, 'tests/dist', tool, 'main.js'), ...process.argv.slice(2)],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  return result.status ?? 1;
}
