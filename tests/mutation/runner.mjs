// A test runner for Stryker that runs the specs of the saga core in its own process, without jest, whose cost per
// mutant would be a hundred times that of the tests. The core is pure and keeps nothing between calls, so the modules
// are loaded once and the test functions are run again for every mutant, up to the first that fails.
//
// A mutant gets a good half second of processor time: the tests that found its neighbours first, then the quick ones.
// If none of these fails, it counts as survived, even if a longer search would have found it.
//
// What a mutant can do to the process: an endless loop through the mutated place is cut off by the instrumentation's
// hit limit, any other (a busy one, or a promise that never settles) by Stryker, which times the run from outside,
// ends the process and starts a new one.
// @ts-check
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { PluginKind, declareClassPlugin } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  determineHitLimitReached,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** @typedef {import('@stryker-mutator/api/test-runner').TestRunner} TestRunner */
/** @typedef {import('@stryker-mutator/api/test-runner').TestResult} TestResult */
/** @typedef {import('@stryker-mutator/api/core').InstrumenterContext} InstrumenterContext */

const SPECS = 'shared/src/saga';

/** What each test takes without a mutant, for the processes that come after the one that measured it. */
const COSTS = 'costs.json';

const MOST_CPU_MS = 600;

/** Of how many mutants one is tried; the others count as errors, which no figure includes. */
const EVERY = Number(process.env['MUTATION_EVERY'] ?? 1);

/** How many of the tests that found the latest mutants are tried before all others. */
const MOST_LATEST = 6;

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const load = (/** @type {string} */ path) => import(pathToFileURL(resolve(path)).href);

const globals = /** @type {Record<string, InstrumenterContext>} */ (/** @type {unknown} */ (globalThis));

/** @implements {TestRunner} */
class InProcessRunner {
  /** @type {readonly import('./stand-in.mjs').Test[]} */
  tests = [];
  /** Milliseconds of processor time that each test took without a mutant, by id. @type {Record<string, number>} */
  cost = {};
  /** The tests that found the latest mutants, the latest first. @type {readonly string[]} */
  latest = [];
  /** How many mutants each test has found, by id. @type {Map<string, number>} */
  found = new Map();
  /** Where the instrumented sources look up which mutant is active and report what they cover. @type {InstrumenterContext} */
  context = (globals[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});

  /**
   * Stryker wants modules loaded anew for mutants that also act at load time. Here no mutant is ever active while a module
   * is loaded, so that there is nothing to undo: such a mutant is judged by what it does afterwards.
   */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    // A mutant may leave a rejected promise behind; that is for the tests to notice, and no reason to end the process.
    process.on('unhandledRejection', () => undefined);
    const specs = readdirSync(SPECS, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.spec.js'))
      .sort()
      .map((file) => join(SPECS, file));
    const { collect } = await load('tests/mutation/stand-in.mjs');
    this.tests = await collect(specs, load);
    if (existsSync(COSTS)) this.cost = JSON.parse(readFileSync(COSTS, 'utf8'));
  }

  /** @param {import('@stryker-mutator/api/test-runner').DryRunOptions} options @returns {Promise<import('@stryker-mutator/api/test-runner').DryRunResult>} */
  async dryRun({ coverageAnalysis }) {
    const tests = await this.run(this.tests, false, Infinity);
    this.cost = Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    writeFileSync(COSTS, JSON.stringify(this.cost));
    const { mutantCoverage } = this.context;
    return { status: DryRunStatus.Complete, tests, ...(coverageAnalysis === 'off' ? {} : { mutantCoverage }) };
  }

  /** @param {import('@stryker-mutator/api/test-runner').MutantRunOptions} options @returns {Promise<import('@stryker-mutator/api/test-runner').MutantRunResult>} */
  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    if (Number(activeMutant.id) % EVERY !== 0)
      return { status: MutantRunStatus.Error, errorMessage: 'Not in the sample.' };
    const wanted = testFilter && new Set(testFilter);
    this.context.hitLimit = hitLimit;
    this.context.hitCount = hitLimit ? 0 : undefined;
    this.context.activeMutant = activeMutant.id;
    const tests = await this.run(
      this.tests.filter(({ id }) => wanted?.has(id) ?? true).sort((a, b) => this.rank(a.id) - this.rank(b.id)),
      !disableBail,
      MOST_CPU_MS,
    );
    const finder = tests.find(({ status }) => status === TestStatus.Failed)?.id;
    if (finder) {
      this.latest = [finder, ...this.latest.filter((id) => id !== finder)].slice(0, MOST_LATEST);
      this.found.set(finder, (this.found.get(finder) ?? 0) + 1);
    }
    this.context.activeMutant = undefined;
    const endless = determineHitLimitReached(this.context.hitCount, hitLimit);
    return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests }, disableBail);
  }

  /** Where a test stands in the order, lowest first. @param {string} id */
  rank(id) {
    const latest = this.latest.indexOf(id);
    if (latest >= 0) return latest;
    const found = this.found.get(id);
    return found === undefined ? MOST_LATEST + 1 + (this.cost[id] ?? 0) : MOST_LATEST + 1 / (1 + found);
  }

  /** @param {InProcessRunner['tests']} tests @param {boolean} bail whether to stop at the first failure @param {number} mostMs processor time after which no further test is begun */
  async run(tests, bail, mostMs) {
    const began = cpuMs();
    /** @type {TestResult[]} */
    const results = [];
    for (const { id, file, body } of tests) {
      this.context.currentTestId = id;
      const start = cpuMs();
      /** @type {unknown} */
      let error;
      try {
        await body();
      } catch (thrown) {
        error = thrown ?? new Error('nothing was thrown');
      }
      const base = {
        id,
        name: id,
        fileName: resolve(file.replace(/js$/, 'ts')),
        timeSpentMs: cpuMs() - start,
      };
      const failureMessage = String(error instanceof Error ? error.message : error).slice(0, 500);
      results.push(
        error === undefined
          ? { ...base, status: TestStatus.Success }
          : { ...base, status: TestStatus.Failed, failureMessage },
      );
      if ((error !== undefined && bail) || cpuMs() - began > mostMs) break;
    }
    this.context.currentTestId = undefined;
    return results;
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
