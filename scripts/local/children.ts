import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';

/**
 * Programs that `npm start` keeps running. Each writes to its own log file, is restarted when it dies on its own
 * (with growing pauses), and is stopped in the reverse of the order in which it was added.
 *
 * Children get their own process group, so that Ctrl-C in the terminal reaches only the starter, which then stops
 * them in order: workers drain while their database is still there.
 */
export interface Program {
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Children {
  start(program: Program): void;
  pids(): number[];
  /** Resolves when all are gone; those that do not go by themselves within the grace are killed. */
  stop(graceMs: number): Promise<void>;
}

interface Child {
  readonly program: Program;
  process: ChildProcess;
  restarts: number;
  lastLine: string;
}

export function createChildren(options: {
  logDir: string;
  /** Restart a program when its build changes. */
  watch: boolean;
  /** Called with one line whenever a program died on its own. */
  onDeath: (line: string) => void;
  /** Whether everything has come up; a program that ends before that is not started again. */
  isUp: () => boolean;
  /** A program ended before everything was up; the line is the last thing it said. */
  onFatal: (program: Program, lastLine: string) => void;
  onOutput?: (program: Program, text: string) => void;
  changed: () => void;
}): Children {
  // The backend's log holds the one-time sign-in link: other people of this machine must not read it.
  mkdirSync(options.logDir, { recursive: true, mode: 0o700 });
  chmodSync(options.logDir, 0o700);
  const children: Child[] = [];
  let stopping = false;

  function launch(program: Program): ChildProcess {
    const log = createWriteStream(join(options.logDir, `${program.name}.log`), { flags: 'a' });
    const child = spawn(
      process.execPath,
      [...(options.watch ? ['--watch'] : []), '--enable-source-maps', program.script],
      {
        env: { ...process.env, ...program.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        log.write(chunk);
        options.onOutput?.(program, chunk.toString('utf8'));
      });
    }
    child.once('close', () => log.end());
    return child;
  }

  function watch(child: Child): void {
    const startedAt = performance.now();
    for (const stream of [child.process.stdout, child.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        child.lastLine = chunk.toString('utf8').trimEnd().split('\n').at(-1) ?? child.lastLine;
      });
    }
    child.process.once('close', (code, signal) => {
      if (stopping) return;
      if (!options.isUp()) {
        options.onFatal(child.program, child.lastLine);
        return;
      }
      // A program that had been well for a minute starts its pauses anew.
      child.restarts = performance.now() - startedAt > 60_000 ? 1 : child.restarts + 1;
      const pauseMs = Math.min(30_000, 250 * 2 ** child.restarts);
      options.onDeath(
        `${child.program.name} stopped (${signal ?? `exit ${code}`}); starting it again in ${pauseMs / 1000} s. Its log: ${join(options.logDir, `${child.program.name}.log`)}`,
      );
      setTimeout(() => {
        if (stopping) return;
        child.process = launch(child.program);
        watch(child);
        options.changed();
      }, pauseMs);
    });
  }

  return {
    start(program) {
      const child: Child = { program, process: launch(program), restarts: 0, lastLine: '' };
      children.push(child);
      watch(child);
      options.changed();
    },
    pids: () => children.flatMap(({ process: { pid } }) => (pid === undefined ? [] : [pid])),
    async stop(graceMs) {
      stopping = true;
      for (const child of [...children].reverse()) {
        const { process } = child;
        if (process.exitCode !== null || process.signalCode !== null) continue;
        const gone = once(process, 'exit');
        process.kill('SIGTERM');
        const timer = setTimeout(() => process.kill('SIGKILL'), graceMs);
        await gone;
        clearTimeout(timer);
      }
    },
  };
}
