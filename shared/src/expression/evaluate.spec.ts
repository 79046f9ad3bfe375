import { describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from './index.js';
import type { EvaluationOptions } from './index.js';
import { FailureError } from '../kernel/index.js';
import type { Json } from '../kernel/index.js';
import { cpuMs } from '../testing/cpu-time.js';

const scope = {
  trigger: {
    data: {
      orderId: 'o-1',
      amount: 12.5,
      items: [
        { sku: 'a', qty: 1 },
        { sku: 'b', qty: 2 },
      ],
      note: '{{ steps }}',
    },
  },
  steps: { chargeCard: { output: { id: 'ch_1', tags: ['x'] }, status: 'succeeded' } },
};

async function codeOf(
  template: Json,
  options?: EvaluationOptions,
  values: Record<string, unknown> = scope,
): Promise<string> {
  try {
    await evaluateTemplate(template, values, options);
    return 'no failure';
  } catch (error) {
    if (error instanceof FailureError) return error.failure.code;
    throw error;
  }
}

describe('evaluateTemplate', () => {
  it('keeps the type of a field that is exactly one expression', async () => {
    expect(await evaluateTemplate('{{ trigger.data.amount }}', scope)).toBe(12.5);
    expect(await evaluateTemplate('{{trigger.data.items}}', scope)).toEqual(scope.trigger.data.items);
    expect(await evaluateTemplate('{{ trigger.data.items.sku }}', scope)).toEqual(['a', 'b']);
  });

  it('writes values into text as $string does, and nothing for what is not there', async () => {
    expect(
      await evaluateTemplate('Order {{ trigger.data.orderId }}: {{ trigger.data.amount }}{{ nowhere }}!', scope),
    ).toBe('Order o-1: 12.5!');
    expect(await evaluateTemplate('{{ steps.chargeCard.output }} {{ 0.1 + 0.2 }}', scope)).toBe(
      '{"id":"ch_1","tags":["x"]} 0.3',
    );
  });

  it('turns nothing into null where an expression stands alone, also in an object field', async () => {
    expect(await evaluateTemplate({ a: '{{ nowhere }}', b: ['{{ nowhere.else }}', 1] }, scope)).toEqual({
      a: null,
      b: [null, 1],
    });
  });

  it('leaves data alone that looks like a template (A142)', async () => {
    expect(await evaluateTemplate('{{ trigger.data.note }}', scope)).toBe('{{ steps }}');
    expect(await evaluateTemplate('Note: {{ trigger.data.note }}', scope)).toBe('Note: {{ steps }}');
  });

  it('writes literal braces by an expression that yields them', async () => {
    expect(await evaluateTemplate('a {{ "{{" }} b {{ "}}" }}', scope)).toBe('a {{ b }}');
  });

  it('returns plain JSON without the marks of sequences', async () => {
    const result = await evaluateTemplate('{{ trigger.data.items[qty > 0].sku }}', scope);
    expect(Object.getOwnPropertyNames(result)).toEqual(['0', '1', 'length']);
    const made = await evaluateTemplate('{{ {"a": {"b": 1}} }}', scope);
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });

  it('names the expression and the way out when it fails', async () => {
    await expect(evaluateTemplate('{{ "a" + 1 }}', scope)).rejects.toThrow(/Expression ""a" \+ 1".*Check the types/);
  });

  it.each([
    ['{{ a b }}', 'expression.syntax'],
    ['{{ }}', 'expression.syntax'],
    ['x {{ trigger.data', 'expression.syntax'],
    ['{{ "a" + 1 }}', 'expression.type'],
    ['{{ $upper("a") }}', 'expression.type'],
    ['{{ $uppercase }}', 'expression.not-json'],
    ['{{ function($x){ $x } }}', 'expression.not-json'],
    ['{{ {"f": $sum} }}', 'expression.not-json'],
    ['{{ 1/0 }}', 'expression.not-json'],
    ['{{ 1e308 * 10 }}', 'expression.not-json'],
    ['{{ $error("no") }}', 'expression.raised'],
    ['{{ $eval("1") }}', 'expression.type'],
    ['{{ "1" ~> $eval }}', 'expression.type'],
    ['{{ $match("aa", /(a)\\1/) }}', 'expression.regex'],
    ['{{ $contains("aa", /(?=a)a/) }}', 'expression.regex'],
    ['{{ $now() }}', 'expression.not-recorded'],
    ['{{ $random() }}', 'expression.not-recorded'],
    ['{{ $toMillis("13:45", "[H]:[m]") }}', 'expression.not-recorded'],
    ['{{ {"__proto__": 1} }}', 'expression.not-json'],
  ])('refuses %s with %s', async (template, code) => {
    expect(await codeOf(template)).toBe(code);
  });
});

describe('guardrails', () => {
  it('ends an endless recursion, an endless loop and a huge range', async () => {
    expect(await codeOf('{{ ($f := function($n){ 1 + $f($n) }; $f(1)) }}')).toBe('expression.depth');
    expect(await codeOf('{{ ($f := function($n){ $f($n + 1) }; $f(1)) }}', { limits: { timeoutMs: 50 } })).toBe(
      'expression.timeout',
    );
    expect(await codeOf('{{ [1..10000000] }}')).toBe('expression.size');
    // Counting up stands still there.
    expect(await codeOf('{{ [9007199254740992..9007199254740994] }}')).toBe('expression.size');
    expect(await codeOf('{{ [1..10000].([1..10000]) }}', { limits: { timeoutMs: 5000 } })).toBe('expression.size');
  });

  it('refuses text and values that grow without bound (A137)', async () => {
    const double = '($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f("xxxxxxxx", 60)))';
    expect(await codeOf(`{{ ${double} }}`)).toBe('expression.size');
    expect(await codeOf('{{ $pad("x", 500000000) }}')).toBe('expression.size');
    const tree = '($f := function($a, $n){ $n = 0 ? $a : $f({"l": $a, "r": $a}, $n - 1) }; $string($f(1, 60)))';
    expect(await codeOf(`{{ ${tree} }}`)).toBe('expression.size');
  });

  it('matches regular expressions in linear time', async () => {
    const values = { text: `${'a'.repeat(50_000)}!` };
    const started = cpuMs();
    expect(await evaluateTemplate('{{ $contains(text, /(a+)+$/) }}', values)).toBe(false);
    expect(cpuMs() - started).toBeLessThan(2000);
  });

  it('reaches own properties only (A136)', async () => {
    for (const source of [
      'constructor',
      '$$.constructor.prototype',
      'trigger.constructor.constructor',
      '$lookup(trigger, "__proto__")',
      'trigger.`__proto__`',
      '$lookup(trigger.data.items, "length")',
      'trigger.data.orderId.length',
      '$constructor',
      '$__proto__',
    ]) {
      expect([source, await evaluateTemplate(`{{ ${source} }}`, scope)]).toEqual([source, null]);
    }
  });

  it('leaves the scope as it was, whatever a transform does (A139)', async () => {
    const before = JSON.stringify(scope);
    await codeOf('{{ {} ~> | $$.trigger.data | {"amount": 0, "__proto__": {"x": 1}} | }}');
    await codeOf('{{ {} ~> | $$.steps | {}, "chargeCard" | }}');
    const empty = { list: [] };
    await codeOf('{{ list{"a": 1} }}', {}, empty);
    expect(empty).toEqual({ list: [] });
    expect(JSON.stringify(scope)).toBe(before);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('cannot rewrite a built-in function for those who come after', async () => {
    await codeOf('{{ {} ~> | $lowercase | {"implementation": /a/} | }}');
    await codeOf('{{ {} ~> | $lowercase | {}, "implementation" | }}');
    expect(await evaluateTemplate('{{ $lowercase("ABC") }}', scope)).toBe('abc');
  });

  it('uses the recorded time and chance, and the same ones every time (S6)', async () => {
    const options = (): EvaluationOptions => ({ now: 1_700_000_000_000, random: () => 0.25 });
    const template = [
      '{{ $now() }}',
      '{{ $millis() }}',
      '{{ $random() }}',
      '{{ $shuffle([1..4]) }}',
      '{{ $now("[Y]") }}',
    ];
    const first = await evaluateTemplate(template, scope, options());
    expect(first).toEqual(['2023-11-14T22:13:20.000Z', 1_700_000_000_000, 0.25, [4, 3, 1, 2], '2023']);
    expect(await evaluateTemplate(template, scope, options())).toEqual(first);
  });
});
