// Stands in for `@jest/globals` in mutation runs: describe and it collect the tests instead of running them, so that
// the runner (runner.mjs) can run the same functions again for every mutant, in one process, without loading anything
// twice. `expect` is jest's own. Only what the specs of the saga core use is here; anything else fails at import.
// @ts-check
import { format } from 'node:util';

export { expect } from 'expect';

/**
 * @typedef {object} Test
 * @property {string} id unique, and the same in every process: file, describe titles, title
 * @property {string} file path of the spec
 * @property {() => unknown} body
 */

/** @type {Test[]} */
const tests = [];
const ids = new Set();
/** @type {string[]} */
let titles = [];
let file = '';

/** @param {string} title @param {() => void} body */
export function describe(title, body) {
  titles.push(title);
  body();
  titles.pop();
}

/** @param {string} title @param {() => unknown} body */
export function it(title, body) {
  const name = [file, ...titles, title].join(' > ');
  let id = name;
  for (let again = 2; ids.has(id); again += 1) id = `${name} (${String(again)})`;
  ids.add(id);
  tests.push({ id, file, body });
}

/** @param {string} title @param {unknown} row */
function titleOf(title, row) {
  if (Array.isArray(row)) return format(title, ...row.slice(0, title.split(/%[^%]/).length - 1));
  if (typeof row !== 'object' || row === null) return title.includes('%') ? format(title, row) : title;
  return title.replace(/\$(\w+)/g, (_, key) => format('%s', /** @type {Record<string, unknown>} */ (row)[key]));
}

/** @param {readonly unknown[]} rows */
it.each =
  (rows) =>
  /** @param {string} title @param {(...row: unknown[]) => unknown} body */
  (title, body) => {
    for (const row of rows) it(titleOf(title, row), () => (Array.isArray(row) ? body(...row) : body(row)));
  };

/**
 * Loads spec files one after the other.
 *
 * @param {readonly string[]} specs paths, relative to `root`
 * @param {(path: string) => Promise<unknown>} load imports one of them
 * @returns {Promise<readonly Test[]>} the tests in the order of the files
 */
export async function collect(specs, load) {
  for (const spec of specs) {
    file = spec;
    titles = [];
    await load(spec);
  }
  return tests;
}
