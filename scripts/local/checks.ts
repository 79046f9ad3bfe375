import { join } from 'node:path';
import { type StepResult, jestStep, programStep } from './steps.js';
import { root } from './root.js';

const bin = (path: string): string => join(root, 'node_modules', path);

/** Types, lint with layer rules, format, dead code, unit tests: what `npm run check` runs and `npm test` begins with. */
export async function checks(): Promise<StepResult[]> {
  return [
    await programStep('types: shared, backend, workers, tests', [
      bin('typescript/bin/tsc'),
      '-p',
      'tsconfig.check.json',
    ]),
    // Browser tests know the DOM, which nothing else on the server side may.
    await programStep('types: end-to-end tests', [bin('typescript/bin/tsc'), '-b', 'tests']),
    await programStep('types: frontend', [bin('typescript/bin/tsc'), '-p', 'frontend/tsconfig.json']),
    await programStep('lint and layer rules', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']),
    await programStep('format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']),
    await programStep('dead code', [bin('knip/bin/knip.js')]),
    await jestStep('unit and property tests', ['--selectProjects', 'unit', 'ui', '--maxWorkers=2']),
  ];
}
