// @ts-check
// The door of every npm script: makes sure that Node fits, packages are installed and what is needed is built,
// then hands over to the TypeScript program scripts/<command>.ts. Uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [command = '', ...rest] = process.argv.slice(2);

/** What each command needs to be built before it: nothing, the TypeScript rooms, or the web app too. */
const needs = /** @type {Record<string, 'scripts' | 'rooms' | 'all'>} */ ({
  jest: 'scripts',
  check: 'scripts',
  conformance: 'scripts',
  test: 'all',
  start: 'all',
  dev: 'rooms',
  e2e: 'all',
  sagas: 'rooms',
  chaos: 'rooms',
  bench: 'rooms',
  openapi: 'rooms',
  mutation: 'scripts',
  sagawright: 'scripts',
});

/** @param {string} line */
function give(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

// Integration tests run the built programs.
const need = command === 'jest' && rest.includes('integration') ? 'rooms' : needs[command];
if (need === undefined) give(`Unknown command '${command}'. Commands: ${Object.keys(needs).join(', ')}.`);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  give(
    `Sagawright needs Node.js 20.19 or newer; this is ${process.versions.node}. Install a newer one from nodejs.org.`,
  );
}

/**
 * Runs a program and shows its output only when it fails.
 * @param {string} what @param {string} program @param {string[]} args
 */
function step(what, program, args) {
  process.stderr.write(`${what} ...\n`);
  // npm is a .cmd file on Windows, which only a shell can start.
  const result = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 64 << 20,
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  give(`${what} failed${result.error ? `: ${result.error.message}` : ''}. The lines above say why.`);
}

const modules = join(root, 'node_modules');
const installStamp = join(modules, '.cache', 'sagawright-install');
const lockHash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const read = (/** @type {string} */ file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

try {
  if (read(installStamp) !== lockHash) {
    step('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund']);
    mkdirSync(dirname(installStamp), { recursive: true });
    writeFileSync(installStamp, lockHash);
  }

  const wanted =
    need === 'all'
      ? ['scripts', 'shared', 'workers', 'backend', 'tests', 'frontend']
      : need === 'rooms'
        ? ['scripts', 'shared', 'workers', 'backend', 'tests']
        : ['scripts', 'shared'];
  const stale = wanted.filter((room) => read(stampOf(room)) !== fingerprint(room));
  const rooms = stale.filter((room) => room !== 'frontend');
  // Fingerprints are taken before the build: an edit during it makes the next start build again.
  const fresh = stale.map((room) => /** @type {const} */ ([room, fingerprint(room)]));
  if (rooms.length > 0) {
    step(`Building ${rooms.join(', ')}`, process.execPath, [join(modules, 'typescript', 'bin', 'tsc'), '-b', ...rooms]);
  }
  if (stale.includes('frontend')) {
    step('Building the web app', process.execPath, [join(modules, 'vite', 'bin', 'vite.js'), 'build', 'frontend']);
  }
  for (const [room, print] of fresh) {
    mkdirSync(dirname(stampOf(room)), { recursive: true });
    writeFileSync(stampOf(room), print);
  }
} catch (error) {
  const code = /** @type {NodeJS.ErrnoException} */ (error).code;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    give(`No permission to write in ${root}. Make the folder writable, or copy it to one that is.`);
  }
  throw error;
}

process.argv.splice(2, 1);
await import(pathToFileURL(join(root, 'scripts', 'dist', `${command}.js`)).href);

/** @param {string} room */
function stampOf(room) {
  return join(root, room, 'dist', '.fingerprint');
}

/** Paths, sizes and times of everything a room is built from; the web app is also built from shared. @param {string} room */
function fingerprint(room) {
  const hash = createHash('sha256').update(lockHash);
  for (const folder of room === 'frontend' ? ['frontend', 'shared'] : [room]) {
    for (const line of listing(join(root, folder))) hash.update(line);
  }
  hash.update(String(statSync(join(root, 'tsconfig.base.json')).mtimeMs));
  return hash.digest('hex');
}

/** @param {string} folder @returns {string[]} */
function listing(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name === 'dist' || entry.name === 'node_modules' || entry.name === 'output') return [];
      // What the compiler remembers is written by the build that the fingerprint was taken before.
      if (entry.name.endsWith('.tsbuildinfo')) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listing(path);
      const { size, mtimeMs } = statSync(path);
      return [`${path}:${size}:${mtimeMs}\n`];
    });
}
