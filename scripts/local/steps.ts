import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** A program whose exit code is its verdict. Its output is shown only when it fails, or its last line when it passes. */
export async function programStep(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<StepResult> {
  const startedAt = performance.now();
  process.stdout.write(`\n== ${name}\n`);
  const { code, output } = await run(args, env, false);
  const lines = output.trimEnd().split('\n');
  if (code !== 0) process.stdout.write(`${output}\n`);
  else if (lines.at(-1)) process.stdout.write(`${lines.at(-1)}\n`);
  return {
    name,
    passed: code === 0 ? 1 : 0,
    failed: code === 0 ? 0 : 1,
    skipped: 0,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Jest projects; counts come from Jest's own report. A run that could not even start counts as one failure. */
export async function jestStep(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<StepResult> {
  const startedAt = performance.now();
  process.stdout.write(`\n== ${name}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'sagawright-jest-'));
  const report = join(folder, 'report.json');
  const { code } = await run(jestArguments([...args, '--json', `--outputFile=${report}`]), env, true);
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

function run(
  args: readonly string[],
  env: Record<string, string>,
  hideStdout: boolean,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (!hideStdout) output += chunk.toString('utf8');
    });
    // Jest reports progress on stderr and, with --json, the whole result on stdout.
    child.stderr.on('data', (chunk: Buffer) => {
      if (hideStdout) process.stdout.write(chunk);
      else output += chunk.toString('utf8');
    });
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
