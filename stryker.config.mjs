// Mutation testing of the saga core: would the tests notice if a rule were broken? `npm run mutation` (docs/mutation.md).

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'shared/src/saga/*.ts',
    'shared/src/saga/compile/*.ts',
    '!shared/src/saga/**/*.spec.ts',
    // Instruments that look at the core, and lists of names: not the core itself.
    '!shared/src/saga/{simulate,explore,check-run,index,imports,definition,state,journal,command}.ts',
    '!shared/src/saga/compile/index.ts',
  ],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
  jest: { projectType: 'custom', configFile: 'tests/mutation/jest.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  // Words are not rules.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: [
    'frontend',
    'backend',
    'workers',
    'docs',
    'scripts',
    '**/dist',
    'tests/e2e',
    'tests/chaos',
    'tests/bench',
    '**/output',
  ],
  disableTypeChecks: false,
  reporters: ['progress', 'json'],
  jsonReporter: { fileName: 'tests/mutation/output/mutation.json' },
  tempDirName: '.stryker-tmp',
  concurrency: 2,
  timeoutMS: 20_000,
};
