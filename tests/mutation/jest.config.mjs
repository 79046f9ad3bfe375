import { resolve } from 'node:path';
import config from '../../jest.config.mjs';

/** The unit tests of the saga core alone, on an environment that tells the mutation tester what each of them covers. */
const unit = config.projects.find((project) => project.displayName === 'unit');

export default {
  ...unit,
  rootDir: resolve(import.meta.dirname, '../..'),
  testEnvironment: '@stryker-mutator/jest-runner/jest-env/node',
  testMatch: ['<rootDir>/shared/src/saga/**/*.spec.ts'],
};
