/** How long `npm start` takes until it answers: on an empty folder, and on the one it has left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@sagawright/shared/server';
import { isReady } from './baselines.js';
import { atMost } from './figures.js';
import type { Figure } from './figures.js';

const root = path.resolve(import.meta.dirname, '../../..');

export async function benchStart(rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagawright-start-'));
  try {
    const cold = await start(folder);
    const warm: number[] = [];
    for (let round = 0; round < rounds; round += 1) warm.push(await start(folder));
    return [
      { workload: 'start', what: 'installed and built, no data', unit: 's', values: [cold] },
      { workload: 'start', what: 'warm, to ready', unit: 's', values: warm, target: atMost(10) },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns seconds */
async function start(folder: string): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [path.join(root, 'scripts/run.mjs'), 'start'], {
    cwd: root,
    env: { ...process.env, DATA_DIR: folder, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await isReady(`http://127.0.0.1:${port}`);
    return (performance.now() - began) / 1000;
  } finally {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
}
