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
  plugins: ['./tests/mutation/runner.mjs'],
  testRunner: 'in-process',
  buildCommand: 'node tests/mutation/build.mjs',
  coverageAnalysis: 'perTest',
  // What happens once, when a module is loaded (tables, mostly), would need a new process for each mutant.
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
  concurrency: 1,
  // Endless loops are cut off by counting; the clock is for what counts nothing, and a loaded machine must not look like it.
  timeoutMS: 60_000,
  allowEmpty: true,
};
