/**
 * The sandbox of a server process: code steps in threads of their own.
 *
 * The interpreter in the thread stops code that runs too long or wants too much memory. Should it not, the thread is ended
 * from here, and the code in the other threads does not notice. A code step's time begins when a thread has it, not while it
 * stands in line.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { failure, FailureError } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import type { RunCode } from '../../saga/index.js';
import type { CodeMessage, CodeRequest } from './messages.js';

export interface CodeSandboxOptions {
  /** Code steps under way at once. */
  readonly threads?: number;
  /** Memory of one run, data and results included. */
  readonly memoryBytes?: number;
  /** What a thread may take beyond the time of its code before it is ended. */
  readonly graceMs?: number;
}

export interface CodeSandbox {
  /** Throws `FailureError` (`code.failed`, `timeout.code`). */
  readonly run: RunCode;
  /** Ends the threads. What runs or stands in line is refused. */
  close(): void;
}

interface Job {
  readonly request: CodeRequest;
  readonly resolve: (value: Json) => void;
  readonly reject: (reason: Error) => void;
}

export function codeSandbox(options: CodeSandboxOptions = {}): CodeSandbox {
  const { threads = 2, memoryBytes = 64 * 1024 * 1024, graceMs = 1000 } = options;
  const pool = Array.from({ length: threads }, () => new SandboxThread(graceMs, next));
  const line: Job[] = [];
  let isClosed = false;

  function next(): void {
    for (const thread of pool) {
      if (thread.isBusy) continue;
      const job = line.shift();
      if (job === undefined) return;
      thread.take(job);
    }
  }

  return {
    run: (source, input, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(closed());
        line.push({ request: { source, input: JSON.stringify(input), timeoutMs, memoryBytes }, resolve, reject });
        next();
      }),
    close: () => {
      isClosed = true;
      for (const { reject } of line.splice(0)) reject(closed());
      for (const thread of pool) thread.end(closed());
    },
  };
}

/** A thread that is started when it is first needed, and again after it had to be ended. */
class SandboxThread {
  private worker: Worker | null = null;
  private isReady = false;
  private job: Job | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly graceMs: number,
    private readonly free: () => void,
  ) {}

  get isBusy(): boolean {
    return this.job !== null;
  }

  take(job: Job): void {
    this.job = job;
    this.worker ??= this.start();
    this.worker.ref();
    if (this.isReady) this.send();
  }

  end(reason: Error): void {
    const { worker } = this;
    this.worker = null;
    this.isReady = false;
    void worker?.terminate();
    this.settle()?.reject(reason);
  }

  private start(): Worker {
    const worker = new Worker(programFile(), {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
    });
    const isCurrent = (): boolean => this.worker === worker;
    worker.on('message', (message: CodeMessage) => {
      if (isCurrent()) this.hear(message);
    });
    worker.on('error', (error) => {
      if (isCurrent()) this.died(error);
    });
    return worker;
  }

  private send(): void {
    if (this.job === null) return;
    const { request } = this.job;
    this.timer = setTimeout(() => this.died(tooSlow(request)), request.timeoutMs + this.graceMs);
    this.worker?.postMessage(request);
  }

  private hear(message: CodeMessage): void {
    if (message.kind === 'ready') {
      this.isReady = true;
      this.send();
      return;
    }
    const job = this.settle();
    // A thread that has nothing to do does not keep its process alive.
    this.worker?.unref();
    if (job !== null) {
      switch (message.kind) {
        case 'value':
          job.resolve(JSON.parse(message.value) as Json);
          break;
        case 'thrown':
          job.reject(new FailureError(failure('user', 'code.failed', `The code failed: ${message.message}`)));
          break;
        case 'timeout':
          job.reject(tooSlow(job.request));
          break;
        case 'memory':
          job.reject(tooLarge(job.request));
      }
    }
    this.free();
  }

  private died(reason: Error): void {
    const outOfMemory = 'code' in reason && reason.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (outOfMemory && this.job !== null) this.end(tooLarge(this.job.request));
    else this.end(reason instanceof FailureError ? reason : broken(reason));
    this.free();
  }

  private settle(): Job | null {
    const { job } = this;
    this.job = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    return job;
  }
}

function tooSlow({ timeoutMs }: CodeRequest): FailureError {
  const message = `The code was stopped after ${timeoutMs} ms; let it do less, or give it more time.`;
  return new FailureError(failure('operational', 'timeout.code', message));
}

function tooLarge({ memoryBytes }: CodeRequest): FailureError {
  const message = `The code needed more than ${Math.round(memoryBytes / 1024 / 1024)} MB of memory and was stopped; let it hold less at a time.`;
  return new FailureError(failure('user', 'code.failed', message));
}

function broken(reason: Error): FailureError {
  return new FailureError(failure('bug', 'code.failed', `The sandbox broke (${reason.message}); please report it.`));
}

function closed(): Error {
  return new Error('The sandbox is closed.');
}

/** The built program; tests run from the sources, beside which it is not found. */
function programFile(): string {
  const beside = new URL('./sandbox-thread.js', import.meta.url);
  if (existsSync(beside)) return fileURLToPath(beside);
  const built = new URL('../../../dist/server/code/sandbox-thread.js', import.meta.url);
  if (existsSync(built)) return fileURLToPath(built);
  throw new Error('The sandbox program is not built; run `npm run build`.');
}
