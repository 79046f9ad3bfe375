#!/usr/bin/env node
// @ts-check
// `npx sagawright ...` in the checkout: the same as `npm run sagawright -- ...`.
process.argv.splice(2, 0, 'sagawright');
await import('./run.mjs');
