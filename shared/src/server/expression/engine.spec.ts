import { afterEach, describe, expect, it } from '@jest/globals';
import { FailureError } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import { expressionEngine } from './index.js';
import type { ExpressionEngine, ExpressionEngineOptions } from './index.js';

let engine: ExpressionEngine | null = null;

afterEach(() => {
  engine?.close();
  engine = null;
});

function start(options: ExpressionEngineOptions = {}): ExpressionEngine {
  // Long enough for a busy machine, unless the test waits for it.
  engine = expressionEngine({ wallClockMs: 20_000, ...options });
  return engine;
}

async function outcomeOf(evaluated: Promise<Json>): Promise<unknown> {
  try {
    return await evaluated;
  } catch (error) {
    return error instanceof FailureError ? error.failure.code : error;
  }
}

/** Goes to a process, because of the lambda. */
const neighbour = '{{ $map(items, function($item){ $item * 2 }) }}';
const scope = { items: [1, 2, 3], text: `${'a'.repeat(50_000)}!`, long: 'a'.repeat(1_000_000) };

describe('expressionEngine', () => {
  it('gives the same answers and failures as the evaluator in the process', async () => {
    const { evaluate } = start();
    expect(await evaluate({ fast: '{{ $sum(items) }}', apart: neighbour }, scope)).toEqual({
      fast: 6,
      apart: [2, 4, 6],
    });
    await expect(evaluate('{{ "a" + 1 }}', scope)).rejects.toMatchObject({
      failure: { code: 'expression.type', kind: 'user', details: { jsonata: 'T2001' } },
    });
    expect(await outcomeOf(evaluate('{{ a b }}', scope))).toBe('expression.syntax');
  });

  it.each([
    ['an infinite recursion', '{{ ($f := function($n){ 1 + $f($n) }; $f(1)) }}', 'expression.depth'],
    ['an endless loop', '{{ ($f := function($n){ $f($n + 1) }; $f(1)) }}', 'expression.timeout'],
    ['a range of ten million', '{{ [1..10000000] }}', 'expression.size'],
    ['a regular expression that explodes elsewhere', '{{ $contains(text, /(a+)+$/) }}', false],
    // One piece of memory larger than all it may have: this ends its process, not only its thread.
    ['a text of 400 megabytes', '{{ $length($join([1..400].$string(), long)) }}', 'expression.size'],
    // Linear in the text, but with thousands of states at once; one match is one step for the evaluator's own clock.
    ['a match that takes minutes', '{{ $contains(long, /(a?){900}(a?){900}[^a]/) }}', 'expression.timeout'],
  ])(
    'survives %s, and neighbours get their answers',
    async (_what, template, outcome) => {
      const { evaluate } = start(outcome === 'expression.timeout' ? { wallClockMs: 2500 } : {});
      const [stopped, ...others] = await Promise.all([
        outcomeOf(evaluate(template, scope)),
        evaluate(neighbour, scope),
        evaluate('{{ items[0] }}', scope),
        evaluate(neighbour, { items: [5] }),
      ]);
      expect(stopped).toBe(outcome);
      expect(others).toEqual([[2, 4, 6], 1, 10]);
      expect(await evaluate(neighbour, scope)).toEqual([2, 4, 6]);
    },
    60_000,
  );

  it('lets those who wait for the only process have theirs after a kill', async () => {
    const { evaluate } = start({ processes: 1, memoryMb: 64 });
    const outcomes = [
      outcomeOf(evaluate('{{ $length($join([1..400].$string(), long)) }}', scope)),
      outcomeOf(evaluate(neighbour, scope)),
      outcomeOf(evaluate('{{ $sum("x") }}', scope)),
    ];
    expect(await Promise.all(outcomes)).toEqual(['expression.size', [2, 4, 6], 'expression.type']);
  }, 60_000);

  it('refuses what is still waiting when it is closed', async () => {
    const { evaluate, close } = start({ processes: 1 });
    const outcomes = [outcomeOf(evaluate(neighbour, scope)), outcomeOf(evaluate(neighbour, scope))];
    close();
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toBeInstanceOf(Error);
    expect(await outcomeOf(evaluate(neighbour, scope))).toBeInstanceOf(Error);
    expect(await evaluate('{{ items[0] }}', scope)).toBe(1);
  });
});
