/**
 * One process for evaluations, and the power to end it. It is started when it is first needed. An evaluation that takes too
 * long, or more memory than the process may have, is ended together with its process; the next one gets a new process.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failure, FailureError } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import type { EvaluationRequest, EvaluatorMessage } from './messages.js';

export interface EvaluatorLimits {
  /** Wall-clock time of one evaluation, after the process has started. */
  readonly wallClockMs: number;
  /** Memory for data, in megabytes. */
  readonly memoryMb: number;
}

interface Pending {
  readonly request: EvaluationRequest;
  readonly resolve: (value: Json) => void;
  readonly reject: (reason: Error) => void;
  /** Processes that ended by themselves under this evaluation. */
  deaths: number;
}

/** A process can also be ended from outside; an evaluation that sees two of them end is the cause. */
const MAX_DEATHS = 2;

export class EvaluatorProcess {
  #child: ChildProcess | null = null;
  #isReady = false;
  #pending: Pending | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly limits: EvaluatorLimits) {}

  get isBusy(): boolean {
    return this.#pending !== null;
  }

  /**
   * @throws FailureError `expression.*`; `expression.timeout` and `expression.size` when the evaluation had to be ended
   */
  evaluate(request: EvaluationRequest): Promise<Json> {
    return new Promise((resolve, reject) => {
      this.#pending = { request, resolve, reject, deaths: 0 };
      this.#begin();
    });
  }

  /** Ends the process; an evaluation under way is refused. */
  close(): void {
    this.#kill(new Error('The expression engine was closed during an evaluation.'));
  }

  #begin(): void {
    this.#child ??= this.#start();
    this.#child.ref();
    this.#child.channel?.ref();
    if (this.#isReady) this.#send();
  }

  #start(): ChildProcess {
    const child = fork(programFile(), [String(this.limits.memoryMb)], {
      // Expressions see their scope: no secrets of the process.
      env: {},
      execArgv: [],
      serialization: 'advanced',
      // At the end of memory V8 says more than anyone wants to read.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // What an ended process still says is no longer listened to.
    const isCurrent = (): boolean => this.#child === child;
    child.on('message', (message) => {
      if (isCurrent()) this.#hear(message as EvaluatorMessage);
    });
    child.on('exit', (code, signal) => {
      if (isCurrent()) this.#hasDied(`with ${signal ?? `exit code ${code ?? 'unknown'}`}`);
    });
    child.on('error', (error) => {
      if (isCurrent()) this.#kill(error);
    });
    return child;
  }

  #hear(message: EvaluatorMessage): void {
    if (message.kind === 'ready') {
      this.#isReady = true;
      this.#send();
      return;
    }
    const pending = this.#settle();
    // A process that has nothing to do does not keep its parent alive.
    this.#child?.unref();
    this.#child?.channel?.unref();
    if (message.kind === 'value') pending?.resolve(message.value);
    else if (message.kind === 'failure') pending?.reject(new FailureError(message.failure));
    else pending?.reject(new Error(message.message));
  }

  #send(): void {
    const child = this.#child;
    if (this.#pending === null || child === null) return;
    this.#timer = setTimeout(() => {
      this.#kill(this.#tooSlow());
    }, this.limits.wallClockMs);
    try {
      child.send(this.#pending.request, (error) => {
        if (error !== null && this.#child === child && child.exitCode === null) this.#kill(error);
      });
    } catch (error) {
      // A scope that cannot be copied, which no scope of JSON is.
      this.#kill(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #hasDied(how: string): void {
    const wasReady = this.#isReady;
    this.#child = null;
    this.#isReady = false;
    const pending = this.#pending;
    if (pending === null) return;
    if (!wasReady) {
      this.#settle()?.reject(new Error(`The evaluator process could not be started: it ended ${how}.`));
      return;
    }
    pending.deaths += 1;
    this.#stopTimer();
    if (pending.deaths >= MAX_DEATHS) this.#settle()?.reject(this.#tooLarge());
    else this.#begin();
  }

  #kill(reason: Error): void {
    const child = this.#child;
    this.#child = null;
    this.#isReady = false;
    child?.kill('SIGKILL');
    this.#settle()?.reject(reason);
  }

  #settle(): Pending | null {
    const pending = this.#pending;
    this.#pending = null;
    this.#stopTimer();
    return pending;
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #tooSlow(): FailureError {
    return new FailureError(
      failure(
        'user',
        'expression.timeout',
        `These expressions took longer than ${this.limits.wallClockMs} ms and were stopped. ` +
          'Let them look at less data, or split the work over steps.',
      ),
    );
  }

  #tooLarge(): FailureError {
    return new FailureError(
      failure(
        'user',
        'expression.size',
        `These expressions needed more than ${this.limits.memoryMb} MB of memory and were stopped. ` +
          'Filter or shorten earlier.',
      ),
    );
  }
}

/** The built program; tests run from the sources, beside which it is not found. */
function programFile(): string {
  const beside = new URL('./evaluator-program.js', import.meta.url);
  if (existsSync(beside)) return fileURLToPath(beside);
  const built = new URL('../../../dist/server/expression/evaluator-program.js', import.meta.url);
  if (existsSync(built)) return fileURLToPath(built);
  throw new Error('The evaluator program is not built; run `npm run build`.');
}
