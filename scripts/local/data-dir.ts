import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './root.js';

/** A refusal that a person can act on: printed as one line, without a stack. */
export class StartRefusal extends Error {}

/** What is remembered of a running instance, so that a second start and a start after a crash know. */
interface Running {
  readonly pid: number;
  readonly url: string;
  readonly children: readonly number[];
}

/** The folder that holds all data of a local installation (`DATA_DIR`, default `.data`); made if missing. */
export function openDataDir(): string {
  const folder = resolve(root, process.env['DATA_DIR'] ?? '.data');
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new StartRefusal(
      `Cannot write in ${folder}. Make it writable, or choose another folder: DATA_DIR=/some/folder npm start`,
    );
  }
  return folder;
}

/** The key that seals stored secrets: from `SAGAWRIGHT_KEY`, else made once and kept in the data folder. */
export function sealingKey(dataDir: string): string {
  const given = process.env['SAGAWRIGHT_KEY'];
  if (given) return given;
  const file = join(dataDir, 'key');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Refuses when another start is alive on this data; ends what a killed start left behind. */
export function claimDataDir(dataDir: string): void {
  const file = join(dataDir, 'running.json');
  if (!existsSync(file)) return;
  let running: Running;
  try {
    running = JSON.parse(readFileSync(file, 'utf8')) as Running;
  } catch {
    rmSync(file);
    return;
  }
  if (running.pid !== process.pid && isAlive(running.pid)) {
    throw new StartRefusal(
      `Sagawright already runs on this data at ${running.url} (process ${running.pid}). Stop it first, or use another DATA_DIR.`,
    );
  }
  for (const pid of running.children) {
    if (isOurs(pid)) process.kill(pid, 'SIGKILL');
  }
  rmSync(file);
}

export function rememberRunning(dataDir: string, running: Running): void {
  writeFileSync(join(dataDir, 'running.json'), JSON.stringify(running));
}

export function forgetRunning(dataDir: string): void {
  rmSync(join(dataDir, 'running.json'), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return commandLine(pid)?.includes('run.mjs') ?? true;
}

/** Process numbers are reused: only a process whose command line names a program of this checkout is ended. */
function isOurs(pid: number): boolean {
  const line = commandLine(pid);
  return line !== null && ['backend', 'workers'].some((room) => line.includes(join(root, room, 'dist')));
}

/** Null where the system does not tell (it does on Linux). */
function commandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
}
