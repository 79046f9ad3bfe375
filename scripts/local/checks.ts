import { join } from 'node:path';
import { type StepResult, inTurn, jestStep, programStep, sideBySide } from './steps.js';
import { root } from './root.js';

const bin = (path: string): string => join(root, 'node_modules', path);

/** Types, lint with layer rules, format, dead code, unit tests: what `npm run check` runs and `npm test` begins with. */
export async function checks(): Promise<StepResult[]> {
  // The longest first: the short ones fill what it leaves.
  const statically = await sideBySide([
    programStep('lint and layer rules', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']),
    programStep('types: shared, backend, workers, tests', [bin('typescript/bin/tsc'), '-p', 'tsconfig.check.json']),
    programStep('types: frontend', [bin('typescript/bin/tsc'), '-p', 'frontend/tsconfig.json']),
    programStep('format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']),
    // Browser tests know the DOM, which nothing else on the server side may.
    programStep('types: end-to-end tests', [bin('typescript/bin/tsc'), '-b', 'tests']),
    programStep('dead code', [bin('knip/bin/knip.js')]),
  ]);
  const tested = await inTurn([
    jestStep('unit and property tests', ['--selectProjects', 'unit', 'ui', '--maxWorkers=2']),
  ]);
  return [...statically, ...tested];
}
