// Runs in Stryker's sandbox after the mutants have been put into the sources: writes a JavaScript file beside each
// TypeScript file of shared/, with the test framework and the property tester replaced by their stand-ins.
// @ts-check
import { transformFile } from '@swc/core';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const sources = resolve('shared/src');
const standIns = { '@jest/globals': 'stand-in.mjs', 'fast-check': 'fast-check.mjs' };

/** What only the server room and its tests use is not needed by the core. */
const unused = /^server\b|\.int-spec\.ts$|\.d\.ts$/;

const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !unused.test(file),
);
await Promise.all(
  files.map(async (file) => {
    const path = join(sources, file);
    let { code } = await transformFile(path, {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    for (const [name, standIn] of Object.entries(standIns)) {
      const replaced = relative(dirname(path), resolve('tests/mutation', standIn)).replaceAll('\\', '/');
      code = code.replaceAll(`from '${name}'`, `from '${replaced}'`).replaceAll(`from "${name}"`, `from "${replaced}"`);
    }
    writeFileSync(path.replace(/\.ts$/, '.js'), code);
  }),
);
