/** Where the installation is and how to get in: from the environment, else from a file that only its owner reads. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from './world.js';
import type { CliWorld } from './world.js';

export interface Settings {
  readonly url: string;
  readonly apiKey: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

export function settingsFile({ variables, home }: Pick<CliWorld, 'variables' | 'home'>): string {
  return join(variables['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'sagawright', 'config.json');
}

/** @throws UsageError when nobody has logged in, or the file cannot be read */
export function readSettings(world: CliWorld): Settings {
  const { variables } = world;
  const stored = readFile(world);
  const url = (variables['SAGAWRIGHT_URL'] ?? stored.url ?? DEFAULT_URL).replace(/\/+$/, '');
  const apiKey = variables['SAGAWRIGHT_API_KEY'] ?? stored.apiKey;
  if (apiKey === undefined) {
    throw new UsageError(
      'You are not logged in: make an API key under Settings and run "sagawright login", or set SAGAWRIGHT_API_KEY.',
    );
  }
  return { url, apiKey };
}

/** @returns where it was written */
export function writeSettings(world: CliWorld, settings: Settings): string {
  const file = settingsFile(world);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  // The mode above counts for new files only.
  chmodSync(file, 0o600);
  return file;
}

function readFile(world: CliWorld): Partial<Settings> {
  const file = settingsFile(world);
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<Settings>;
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      world.complain(`Others can read ${file}, which holds an API key; run: chmod 600 ${file}`);
    }
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new UsageError(`${file} cannot be read (${(error as Error).message}); run "sagawright login" again.`);
  }
}
