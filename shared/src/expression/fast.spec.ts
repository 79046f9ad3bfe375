import { describe, expect, it } from '@jest/globals';
import { templates } from '../template/index.js';
import type { Json } from '../kernel/index.js';
import { compileTemplate, NOT_FAST } from './index.js';
import type { TemplateScope } from './index.js';

const order = {
  trigger: {
    data: {
      id: 'o-1',
      amount: 12.5,
      items: [
        { sku: 'a', qty: 1, price: 2 },
        { sku: 'b', qty: 2, price: 3 },
      ],
      tags: ['x'],
    },
  },
  steps: { charge: { output: { id: 'ch_1' }, status: 'succeeded', error: null } },
};

const now = (template: Json, scope: TemplateScope = order): unknown => compileTemplate(template).evaluateNow(scope);

describe('fast path', () => {
  it.each<[string, Json]>([
    ['trigger.data.amount', 12.5],
    ['trigger.data.items.sku', ['a', 'b']],
    ['trigger.data.tags', ['x']],
    ['trigger.data.items[0].sku', 'a'],
    ['trigger.data.items[-1].sku', 'b'],
    ['trigger.data.items[qty > 1].sku', 'b'],
    ['trigger.data.items[qty > 1].sku[]', ['b']],
    ['trigger.data.items[qty > 9].sku', null],
    ['$sum(trigger.data.items.(price * qty))', 8],
    ['steps.charge.status = "succeeded" ? steps.charge.output.id : "none"', 'ch_1'],
    ['trigger.data.email ?? "nobody"', 'nobody'],
    ['steps.charge.error ?: "fine"', 'fine'],
    ['{"id": trigger.data.id, "lines": $count(trigger.data.items)}', { id: 'o-1', lines: 2 }],
    ['($total := trigger.data.amount * 2; {"total": $total, "half": $total / 2})', { total: 25, half: 12.5 }],
    ['trigger.data.items.{"s": sku}', [{ s: 'a' }, { s: 'b' }]],
    ['trigger.data.id ~> $uppercase', 'O-1'],
    ['[1..3]', [1, 2, 3]],
  ])('answers %s at once', (source, value) => {
    expect(now(`{{ ${source} }}`)).toEqual(value);
  });

  it.each([
    '$map(trigger.data.items, function($item){ $item.sku })',
    '$match(trigger.data.id, /o/)',
    'trigger.data.items^(price)',
    'trigger.data.items{sku: qty}',
    '**.sku',
    '$ ~> |trigger.data|{"x": 1}|',
    '$random()',
    '$eval("1")',
    'a b',
    '"a" + 1',
    '$error("no")',
    '1 / 0',
    '{"__proto__": 1}',
  ])('leaves %s to the reference evaluator', (source) => {
    expect(now(`{{ ${source} }}`)).toBe(NOT_FAST);
  });

  it('reaches own properties only (A136)', () => {
    for (const source of ['constructor', 'trigger.constructor.name', 'trigger.`__proto__`', '$lookup($, "toString")']) {
      expect([source, now(`{{ ${source} }}`)]).toEqual([source, null]);
    }
    expect(now('{{ trigger.data.items.length }}')).toBeNull();
    expect(now('{{ a.x }}', { a: Object.create({ x: 1 }) as object })).toBeNull();
  });

  it('leaves data alone that looks like a function of JSONata', () => {
    expect(now('{{ a.b }}', { a: { _jsonata_lambda: true, b: 1 } })).toBe(NOT_FAST);
  });

  it('ends what would take long, and leaves it to the reference', () => {
    const scope = { items: Array.from({ length: 1000 }, (_, n) => n) };
    expect(now('{{ $count(items.($$.items.($$.items))) }}', scope)).toBe(NOT_FAST);
    expect(now('{{ [1..10000000] }}')).toBe(NOT_FAST);
    const doubling = Array.from({ length: 60 }, (_, n) => `$v${n + 1} := {"l": $v${n}, "r": $v${n}}`).join('; ');
    expect(now(`{{ ($v0 := 1; ${doubling}; $v60) }}`)).toBe(NOT_FAST);
    const longer = Array.from({ length: 60 }, (_, n) => `$v${n + 1} := $v${n} & $v${n}`).join('; ');
    expect(now(`{{ ($v0 := "x"; ${longer}; $length($v60)) }}`)).toBe(NOT_FAST);
    expect(now('{{ $length($pad("#", 4000000)) }}')).toBe(NOT_FAST);
    expect(now('{{ $formatNumber(1, $pad("#", 90000, "#")) }}')).toBe(NOT_FAST);
    expect(now('{{ $contains(text, part) }}', { text: 'a'.repeat(500_000), part: `b${'a'.repeat(300)}` })).toBe(
      NOT_FAST,
    );
    expect(now(`{{ ${'('.repeat(3000)}1${')'.repeat(3000)} }}`)).toBe(NOT_FAST);
  });

  it('counts every part of an expression that it evaluates, not only the items', () => {
    const scope = { items: Array.from({ length: 3000 }, (_, n) => n) };
    const clauses = (count: number) => Array.from({ length: count }, (_, n) => `$ != -${n + 1}`).join(' and ');
    expect(now(`{{ $count(items[${clauses(2)}]) }}`, scope)).toBe(3000);
    expect(now(`{{ $count(items[${clauses(60)}]) }}`, scope)).toBe(NOT_FAST);
  });

  it('has one measure of work for all expressions of a template', async () => {
    const scope = { items: Array.from({ length: 3000 }, (_, n) => n) };
    const total = '{{ $sum(items.($ * 2)) }}';
    expect(now(total, scope)).toBe(8_997_000);
    for (const template of [new Array<Json>(40).fill(total), { a: { b: total.repeat(40) } }]) {
      expect(now(template, scope)).toBe(NOT_FAST);
    }
    const filled = await compileTemplate(new Array<Json>(40).fill(total)).evaluate(scope);
    expect(filled).toEqual(new Array<Json>(40).fill(8_997_000));
  });

  it('tells lists in lists apart in time linear in their depth', () => {
    const deep = (depth: number, value: Json): Json => (depth === 0 ? value : [deep(depth - 1, value)]);
    const list = [deep(40, '"'), deep(40, '"'), deep(40, "'"), deep(39, '"'), [deep(40, '"')], ['1:a'], [1, 'a']];
    expect(now('{{ $count($distinct(list)) }}', { list })).toBe(6);
  });

  it('changes nothing in the scope', () => {
    const before = JSON.stringify(order);
    const template = compileTemplate(['{{ trigger.data.items[] }}', '{{ [trigger.data.tags[], 1] }}']);
    const filled = template.evaluateNow(order) as [{ sku: string }[], unknown];
    filled[0].length = 0;
    expect(JSON.stringify(order)).toBe(before);
    expect(Object.getOwnPropertyNames(order.trigger.data.tags)).toEqual(['0', 'length']);
  });

  it('keeps to limits that the caller sets', async () => {
    const template = compileTemplate('{{ trigger.data.id & "!" }}');
    expect(template.evaluateNow(order, { limits: { characters: 2 } })).toBe(NOT_FAST);
    await expect(template.evaluate(order, { limits: { characters: 2 } })).rejects.toMatchObject({
      failure: { code: 'expression.size' },
    });
  });

  it('knows every expression of the template gallery', () => {
    const expressions = templates.flatMap(({ graph }) => compileTemplate(graph as unknown as Json).expressions);
    expect(expressions.length).toBeGreaterThan(30);
    expect(expressions.filter(({ isFast }) => !isFast)).toEqual([]);
  });
});

describe('compileTemplate', () => {
  it('fills what the fast path knows and what it does not alike', async () => {
    const template = { a: 'id {{ trigger.data.id }}', b: '{{ $map([1, 2], function($n){ $n * 2 }) }}', c: [1, null] };
    expect(await compileTemplate(template).evaluate(order)).toEqual({ a: 'id o-1', b: [2, 4], c: [1, null] });
  });

  it('lets a variable of the caller take the place of a function', async () => {
    const template = compileTemplate('{{ $sum([1, 2]) }}');
    expect(template.evaluateNow(order)).toBe(3);
    expect(template.evaluateNow(order, { variables: { sum: 1 } })).toBe(NOT_FAST);
  });

  it('takes the time from the caller only (S6)', () => {
    expect(now('{{ $millis() }}')).toBe(NOT_FAST);
    expect(compileTemplate('{{ $now() }}').evaluateNow(order, { now: 0 })).toBe('1970-01-01T00:00:00.000Z');
  });
});
