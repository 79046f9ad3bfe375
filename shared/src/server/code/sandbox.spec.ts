import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../kernel/index.js';
import { codeSandbox } from './sandbox.js';
import type { CodeSandbox } from './sandbox.js';

let sandbox: CodeSandbox;
beforeAll(() => {
  sandbox = codeSandbox({ threads: 2, memoryBytes: 16 * 1024 * 1024 });
});
afterAll(() => sandbox.close());

const run = (source: string, input: JsonObject = {}, timeoutMs = 5000) => sandbox.run(source, input, timeoutMs);
const failureOf = (source: string, timeoutMs?: number) =>
  run(source, {}, timeoutMs).then(
    (value) => ({ code: 'none', message: JSON.stringify(value) }),
    (error: { failure: { code: string; message: string } }) => error.failure,
  );

describe('the code sandbox', () => {
  it('runs the body of a function from JSON to JSON', async () => {
    await expect(run('return input.items.map((n) => n * 2).reverse();', { items: [1, 2, 3] })).resolves.toEqual([
      6, 4, 2,
    ]);
    await expect(
      run('const { name } = input;\nreturn { text: `hello ${name}`, gone: undefined }; // done', { name: 'Zoë' }),
    ).resolves.toEqual({
      text: 'hello Zoë',
    });
    await expect(run('input.x = 1;')).resolves.toBeNull();
    await expect(run('return Promise.resolve(7).then((n) => n + 1);')).resolves.toBe(8);
  });

  it('keeps nothing from one run to the next', async () => {
    await run('globalThis.left = 1; Object.prototype.dirt = 1; return null;');
    await expect(run('return [typeof left, typeof ({}).dirt];')).resolves.toEqual(['undefined', 'undefined']);
  });

  it.each(['process', 'require', 'fetch', 'setTimeout', 'console', 'WebAssembly', 'WeakRef', '__input'])(
    'knows no %s',
    async (name) => {
      await expect(run(`return typeof ${name};`)).resolves.toBe('undefined');
    },
  );

  it.each([
    'Date.now()',
    'new Date()',
    'Date()',
    'Math.random()',
    'new (new Date(0).constructor)()',
    'Reflect.construct(Date, [])',
  ])('refuses %s, so that equal input gives equal output (S6)', async (source) => {
    expect(await failureOf(`return ${source};`)).toMatchObject({
      code: 'code.failed',
      message: expect.stringContaining('There is no'),
    });
  });

  it('reads and writes dates in UTC, wherever the server stands', async () => {
    await expect(
      run(
        'const d = new Date(2026, 6, 1, 12); return [d.toISOString(), d.getTimezoneOffset(), d.getHours(), d instanceof Date];',
      ),
    ).resolves.toEqual(['2026-07-01T12:00:00.000Z', 0, 12, true]);
  });

  it('says what was thrown, and in which line', async () => {
    expect(await failureOf('const a = 1;\nthrow new TypeError("not like this");')).toMatchObject({
      code: 'code.failed',
      message: expect.stringMatching(/TypeError: not like this \(line 2\)/),
    });
    expect((await failureOf('return {;')).code).toBe('code.failed');
    expect((await failureOf('const a = []; a[0] = a; return a;')).code).toBe('code.failed');
    expect((await failureOf('return new Promise(() => {});')).message).toContain('never kept');
  });

  it.each([
    'for (;;) {}',
    'try { for (;;) {} } catch { for (;;) {} }',
    'return (async () => { for (;;) await null; })();',
    'return { toJSON() { for (;;) {} } };',
  ])('stops %s when its time is over (S10)', async (source) => {
    expect((await failureOf(source, 200)).code).toBe('timeout.code');
  });

  it.each([
    'const a = []; for (;;) a.push(new Array(1000).fill(7));',
    'let s = "x"; for (;;) s += s;',
    'return new ArrayBuffer(1e9).byteLength;',
    'return "x".repeat(2 ** 29);',
  ])('stops %s at its memory', async (source) => {
    expect(await failureOf(source)).toMatchObject({
      code: 'code.failed',
      message: expect.stringMatching(/memory|too long|invalid/),
    });
  });

  it('stops endless recursion', async () => {
    const { message } = await failureOf('const f = () => f(); return f();');
    expect(message).toContain('stack overflow');
  });

  it('lets no neighbour suffer', async () => {
    const bad = [failureOf('for (;;) {}', 300), failureOf('let s = "x"; for (;;) s += s;')];
    const good = Array.from({ length: 20 }, (_, n) => run('return input.n + 1;', { n }));
    await expect(Promise.all(good)).resolves.toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect((await Promise.all(bad)).map(({ code }) => code)).toEqual(['timeout.code', 'code.failed']);
    await expect(run('return 1;')).resolves.toBe(1);
  });

  it('ends a thread that does not stop by itself, and goes on with another (S10)', async () => {
    const strict = codeSandbox({ threads: 1, graceMs: -290 });
    // With a grace below nothing the thread is ended before its own interpreter looks at the clock.
    await expect(strict.run('for (;;) {}', {}, 300)).rejects.toMatchObject({ failure: { code: 'timeout.code' } });
    await expect(strict.run('return 1;', {}, 5000)).resolves.toBe(1);
    strict.close();
  });

  it('refuses what is left when it is closed', async () => {
    const other = codeSandbox({ threads: 1 });
    const left = [other.run('for (;;) {}', {}, 60_000), other.run('return 1;', {}, 1000)];
    other.close();
    for (const each of await Promise.allSettled(left)) expect(each.status).toBe('rejected');
  });
});
