import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { jestArguments } from './jest-process.js';
import { root } from './root.js';

/** How one step of `npm test` or `npm run check` ended. */
export interface StepResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

type Say = (text: string) => void;

/** Something to be done and counted. What there is to read about it goes to `say`. */
type Step = (say: Say) => Promise<StepResult>;

const show: Say = (text) => void process.stdout.write(text);

/** One after another, each shown as it goes on. */
export async function inTurn(steps: readonly Step[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) results.push(await step(show));
  return results;
}

/** For steps that keep one core busy: as many at once as there are cores, each shown whole when it has ended. */
export async function sideBySide(steps: readonly Step[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const left = [...steps.entries()];
  const employ = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [position, step] = next;
      let said = '';
      results[position] = await step((text) => (said += text));
      show(said);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, employ));
  return results;
}

/** A program whose exit code is its verdict. Its output is shown only when it fails, or its last line when it passes. */
export function programStep(name: string, args: readonly string[], env: Record<string, string> = {}): Step {
  return async (say) => {
    const startedAt = performance.now();
    say(`\n== ${name}\n`);
    const { code, output } = await run(args, env, null);
    const lines = output.trimEnd().split('\n');
    if (code !== 0) say(`${output}\n`);
    else if (lines.at(-1)) say(`${lines.at(-1)}\n`);
    return {
      name,
      passed: code === 0 ? 1 : 0,
      failed: code === 0 ? 0 : 1,
      skipped: 0,
      seconds: (performance.now() - startedAt) / 1000,
    };
  };
}

/** Jest projects; counts come from Jest's own report. A run that could not even start counts as one failure. */
export function jestStep(name: string, args: readonly string[], env: Record<string, string> = {}): Step {
  return async (say) => {
    const startedAt = performance.now();
    say(`\n== ${name}\n`);
    const folder = mkdtempSync(join(tmpdir(), 'sagawright-jest-'));
    const report = join(folder, 'report.json');
    const { code } = await run(jestArguments([...args, '--json', `--outputFile=${report}`]), env, say);
    let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };
    try {
      counts = JSON.parse(readFileSync(report, 'utf8')) as typeof counts;
    } catch {
      counts.numFailedTests = 1;
    }
    rmSync(folder, { recursive: true, force: true });
    const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
    return {
      name,
      passed: counts.numPassedTests,
      failed: code !== 0 && failed === 0 ? 1 : failed,
      skipped: counts.numPendingTests,
      seconds: (performance.now() - startedAt) / 1000,
    };
  };
}

/** Prints the table and the closing line; @returns the exit code */
export function conclude(results: readonly StepResult[]): number {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
    results.reduce((total, result) => total + result[key], 0);
  process.stdout.write('\n');
  for (const { name, passed, failed, skipped, seconds } of results) {
    process.stdout.write(
      `${failed > 0 ? 'FAIL' : 'ok  '}  ${name.padEnd(42)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${String(skipped).padStart(4)} skipped ${seconds.toFixed(0).padStart(5)} s\n`,
    );
  }
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
  return sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
}

/** @param progress where Jest's account of its tests goes, which is on stderr; null for other programs */
function run(
  args: readonly string[],
  env: Record<string, string>,
  progress: Say | null,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect: Say = (text) => (output += text);
    // With --json the whole result is on stdout, and in the report too.
    child.stdout.setEncoding('utf8').on('data', progress === null ? collect : () => undefined);
    child.stderr.setEncoding('utf8').on('data', progress ?? collect);
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
