// `npm run test:e2e`: the product as a person meets it, in Chromium.
import { conclude, inTurn, jestStep } from './local/steps.js';

process.exit(
  conclude(
    await inTurn([
      jestStep('end to end in Chromium', ['--selectProjects', 'e2e', '--runInBand', ...process.argv.slice(2)]),
    ]),
  ),
);
