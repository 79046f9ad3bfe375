/**
 * The program of a sandbox thread: runs the code of a step in QuickJS, an interpreter inside WebAssembly.
 *
 * 1. Every run has an interpreter of its own, with a limit on its memory and its time; nothing is left for the next.
 * 2. Inside there is the language and nothing else: no network, no files, no timers. What would tell the time or draw lots
 *    throws, so that equal input gives equal output. Dates are read and written in UTC.
 * 3. JSON text goes in, JSON text comes out.
 */
import { parentPort } from 'node:worker_threads';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  RELEASE_SYNC,
  Scope,
  shouldInterruptAfterDeadline,
} from 'quickjs-emscripten';
import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten';
import type { CodeMessage, CodeRequest } from './messages.js';

const STACK_BYTES = 512 * 1024;

const PRELUDE = `
(() => {
  const refuse = (what, instead) => () => {
    throw new Error('There is no ' + what + ' in a code step, so that it gives the same whenever it runs; ' + instead);
  };
  const noClock = refuse('clock', 'pass an instant in by the input.');
  const RealDate = Date;
  const Clockless = function Date(...parts) {
    if (new.target === undefined || parts.length === 0) noClock();
    return Reflect.construct(RealDate, parts, new.target);
  };
  Clockless.prototype = RealDate.prototype;
  RealDate.prototype.constructor = Clockless;
  Clockless.parse = RealDate.parse;
  Clockless.UTC = RealDate.UTC;
  Clockless.now = noClock;
  globalThis.Date = Clockless;
  Math.random = refuse('randomness', 'pass a random value in by the input.');
  Object.defineProperty(globalThis, '__stringify', { value: JSON.stringify });
  delete globalThis.WeakRef;
  delete globalThis.FinalizationRegistry;
})()`;

/** The interpreter asks its host for local time: here local time is UTC, wherever the server stands. */
function liveInUtc(): void {
  const date = Date.prototype as unknown as Record<string, (this: Date) => number>;
  for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
    const utc = date[`getUTC${part}`];
    if (utc !== undefined) date[`get${part}`] = utc;
  }
  date['getTimezoneOffset'] = () => 0;
}

function run(engine: QuickJSWASMModule, { source, input, timeoutMs }: CodeRequest): CodeMessage {
  const deadline = Date.now() + timeoutMs;
  const runtime = engine.newRuntime();
  runtime.setMaxStackSize(STACK_BYTES);
  runtime.setInterruptHandler(shouldInterruptAfterDeadline(deadline));
  const context = runtime.newContext();
  try {
    // Every handle is given back before the interpreter goes; it insists on that.
    return Scope.withScope((scope) => answer(scope, context, source, input, () => Date.now() >= deadline));
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function answer(
  scope: Scope,
  context: QuickJSContext,
  source: string,
  input: string,
  isLate: () => boolean,
): CodeMessage {
  const fail = (error: QuickJSHandle): CodeMessage => failed(context, scope.manage(error), isLate());
  const prelude = context.evalCode(PRELUDE);
  if (prelude.error !== undefined) return fail(prelude.error);
  scope.manage(prelude.value);
  context.setProp(context.global, '__input', scope.manage(context.newString(input)));
  // The source stands on lines of its own, so that a comment at its end comments nothing else.
  const called = context.evalCode(
    `(() => { const given = JSON.parse(__input); delete globalThis.__input; return ((input) => {\n${source}\n})(given); })()`,
    'code.js',
  );
  if (called.error !== undefined) return fail(called.error);
  const handle = scope.manage(called.value);
  // There is nothing to wait for inside, so a promise is kept once the jobs at hand are done, or never.
  const jobs = context.runtime.executePendingJobs();
  if (jobs.error !== undefined) return fail(jobs.error);
  const state = context.getPromiseState(handle);
  if (state.type === 'pending' && isLate()) return { kind: 'timeout' };
  if (state.type === 'pending')
    return { kind: 'thrown', message: 'It gave a promise that is never kept; return a value.' };
  if (state.type === 'rejected') return fail(state.error);
  const value = state.notAPromise === true ? handle : scope.manage(state.value);
  const json = scope.manage(context.getProp(context.global, '__stringify'));
  const text = context.callFunction(json, context.undefined, value);
  if (text.error !== undefined) return fail(text.error);
  const written = scope.manage(text.value);
  return { kind: 'value', value: context.typeof(written) === 'string' ? context.getString(written) : 'null' };
}

function failed(context: QuickJSContext, error: QuickJSHandle, late: boolean): CodeMessage {
  const thrown: unknown = context.dump(error);
  const { name, message, stack } =
    typeof thrown === 'object' && thrown !== null
      ? (thrown as { name?: unknown; message?: unknown; stack?: unknown })
      : {};
  if (name === 'InternalError' && message === 'interrupted' && late) return { kind: 'timeout' };
  if ((name === 'InternalError' && message === 'out of memory') || thrown === null) return { kind: 'memory' };
  const line = /code\.js:(\d+)/.exec(typeof stack === 'string' ? stack : '')?.[1];
  const where = line === undefined ? '' : ` (line ${Number(line) - 1})`;
  const what =
    typeof message === 'string' ? `${typeof name === 'string' ? `${name}: ` : ''}${message}` : JSON.stringify(thrown);
  return { kind: 'thrown', message: `${what.slice(0, 1000)}${where}` };
}

/** The part of the language's own library that Node.js has and its types leave to browsers. */
const { Module, Memory } = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Module: new (bytes: Buffer) => object;
      readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => object;
    };
  }
).WebAssembly;

const PAGE_BYTES = 64 * 1024;
/** What the interpreter itself begins with. */
const FIRST_PAGES = 256;

const program = new Module(
  readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
);

/** The interpreter's own account of its memory leaves out large pieces, so the memory itself has an end. */
function newEngine(memoryBytes: number): Promise<QuickJSWASMModule> {
  const wasmMemory = new Memory({
    initial: FIRST_PAGES,
    maximum: FIRST_PAGES + Math.ceil(memoryBytes / PAGE_BYTES),
  });
  return newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmModule: program, wasmMemory }));
}

liveInUtc();
parentPort?.on('message', (request: CodeRequest) => {
  void newEngine(request.memoryBytes).then((engine) => parentPort?.postMessage(run(engine, request)));
});
parentPort?.postMessage({ kind: 'ready' } satisfies CodeMessage);
