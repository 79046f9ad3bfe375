import { describe, expect, it } from '@jest/globals';
import {
  parseTemplateText,
  renameStepReferences,
  rootsIn,
  templateLineage,
  templateProblems,
  templateReferences,
} from './index.js';

const sources = (text: string): string[] =>
  parseTemplateText(text).flatMap((part) => (part.kind === 'expression' && part.closed ? [part.source] : []));

describe('parseTemplateText', () => {
  it.each([
    ['{{ a }}', ' a '],
    ['{{ {"a": {"b": 1}} }}', ' {"a": {"b": 1}} '],
    ['{{{"a":{"b":1}}}}', '{"a":{"b":1}}'],
    ['{{ "}}" }}', ' "}}" '],
    ["{{ '}}' }}", " '}}' "],
    ['{{ "\\"}}" }}', ' "\\"}}" '],
    ['{{ "\\\\" }}', ' "\\\\" '],
    ['{{ `}}` }}', ' `}}` '],
    ['{{ a /* }} */ }}', ' a /* }} */ '],
    ['{{ $contains(a, /\\}\\}/) }}', ' $contains(a, /\\}\\}/) '],
    ['{{ $contains(a, /(x{2}{1}) [/{}]/) }}', ' $contains(a, /(x{2}{1}) [/{}]/) '],
    ['{{ $contains(a, /\\/\\}}{/i) }}', ' $contains(a, /\\/\\}}{/i) '],
    ['{{ a / b }}', ' a / b '],
    ['{{ (a) / 2 }}{{ 1/2 }}', ' (a) / 2 '],
    ['{{ items[0] / items[1] }}', ' items[0] / items[1] '],
    ['{{ function($x){ $x } }}', ' function($x){ $x } '],
    ['{{ * / 2 }}', ' * / 2 '],
    ['{{ a.* }}', ' a.* '],
    ['{{ a.**.b }}', ' a.**.b '],
    ['{{ a ~> | b | {"c": 1} | }}', ' a ~> | b | {"c": 1} | '],
    ['{{ a and /x/ }}', ' a and /x/ '],
  ])('finds the closing braces of %s', (text, source) => {
    expect(sources(text)[0]).toBe(source);
  });

  it('gives offsets that cut the text into itself', () => {
    const text = 'Order {{ trigger.data.id }}: {{ "{{" }} { } {{ x }} end';
    const parts = parseTemplateText(text);
    expect(parts.map((part) => text.slice(part.start, part.end)).join('')).toBe(text);
    for (const part of parts) {
      if (part.kind === 'expression') {
        expect(text.slice(part.sourceStart, part.sourceStart + part.source.length)).toBe(part.source);
      } else expect(text.slice(part.start, part.end)).toBe(part.text);
    }
  });

  it.each(['{{', 'a {{ b', '{{ "}}', '{{ `}}', '{{ /* }}', '{{ { }}', '{{ a }', '{{ $match(a, /(}}'])(
    'reports %s as not closed instead of failing',
    (text) => {
      expect(parseTemplateText(text).at(-1)).toMatchObject({ kind: 'expression', closed: false, end: text.length });
      expect(templateProblems(text)).toHaveLength(1);
    },
  );
});

describe('templateProblems', () => {
  it('finds every broken expression and says where', () => {
    const problems = templateProblems({
      good: '{{ trigger.data }}',
      bad: ['x', 'text {{ 1 + }}'],
      open: 'a {{ b',
      look: '{{ $match(a, /(?<=x)y/) }}',
      evil: '{{ $eval(trigger.data.code) }}',
      plain: 'no braces } } here',
    });
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      [['bad', 1], 'expression.syntax'],
      [['open'], 'expression.syntax'],
      [['look'], 'expression.regex'],
      [['evil'], 'expression.forbidden'],
    ]);
    for (const problem of problems) expect(problem.end).toBeGreaterThan(problem.start);
  });
});

describe('templateReferences', () => {
  const read = (source: string): string[] =>
    templateReferences(`{{ ${source} }}`).map(({ root, key, path }) => [root, key ?? '*', ...path].join('.'));

  it.each([
    ['steps.chargeCard.output.id', ['steps.chargeCard.output.id']],
    ['steps.`charge card`.output', ['steps.charge card.output']],
    ['steps."chargeCard".output', ['steps.chargeCard.output']],
    ['$.steps.a & $$.steps.b', ['steps.a', 'steps.b']],
    ['$lookup(steps, "a").output', ['steps.a.output']],
    ['$lookup(steps, trigger.data.which)', ['steps.*', 'trigger.data.which']],
    ['(steps).a.output', ['steps.a.output']],
    ['($s := steps; $s.a.output.x + $s.b.output)', ['steps.a.output.x', 'steps.b.output']],
    ['trigger.data.items[price > 3].sku', ['trigger.data.items.price', 'trigger.data.items.sku']],
    [
      'trigger.data.items[price > $$.steps.a.output.min]',
      ['trigger.data.items.price', 'steps.a.output.min', 'trigger.data.items'],
    ],
    ['trigger.data.items.(price * qty)', ['trigger.data.items.price', 'trigger.data.items.qty']],
    ['trigger.data.items{sku: $sum(qty)}', ['trigger.data.items.sku', 'trigger.data.items.qty', 'trigger.data.items']],
    ['trigger.data.items^(>price)[0]', ['trigger.data.items.price', 'trigger.data.items']],
    [
      'steps.a.status = "succeeded" ? steps.a.output : steps.b.output',
      ['steps.a.status', 'steps.a.output', 'steps.b.output'],
    ],
    ['steps.a.output ?? steps.b.output', ['steps.a.output', 'steps.a.output', 'steps.b.output']],
    ['{"x": steps.a.output, "y": [steps.b.output]}', ['steps.a.output', 'steps.b.output']],
    ['$map(steps.a.output, function($i){ $i.x & steps.b.output })', ['steps.a.output', 'steps.b.output']],
    ['trigger.data.name.$uppercase()', ['trigger.data.name']],
    ['$uppercase(trigger.data.name)', ['trigger.data.name']],
    ['steps.a.*', ['steps.a']],
    ['steps', ['steps.*']],
    ['unknown.thing', ['unknown.thing']],
    ['1 + 1', []],
    ['"steps.a"', []],
  ])('reads %s', (source, places) => {
    expect(new Set(read(source))).toEqual(new Set(places));
  });

  it('says where in the template and where in the text', () => {
    const text = 'Hi {{ steps.`charge card`.output }}!';
    const [reference] = templateReferences({ body: [{ text }] });
    expect(reference?.field).toEqual(['body', 0, 'text']);
    expect(text.slice(reference?.start, reference?.end)).toBe('steps.`charge card`.output');
  });
});

describe('renameStepReferences', () => {
  const rename = (text: string, to = 'payCard'): string =>
    String(renameStepReferences(text, 'chargeCard', to).template);

  it.each([
    ['{{ steps.chargeCard.output.id }}', '{{ steps.payCard.output.id }}'],
    ['{{  steps . chargeCard  .output/* chargeCard */ }}', '{{  steps . payCard  .output/* chargeCard */ }}'],
    [
      'chargeCard {{ steps.`chargeCard` & "steps.chargeCard" }}',
      'chargeCard {{ steps.`payCard` & "steps.chargeCard" }}',
    ],
    ['{{ steps."chargeCard".x + steps.\'chargeCard\'.x }}', '{{ steps."payCard".x + steps.\'payCard\'.x }}'],
    ['{{ $lookup(steps, "chargeCard") }}', '{{ $lookup(steps, "payCard") }}'],
    ['{{ ($s := steps; $s.chargeCard.a & $s.chargeCard.b) }}', '{{ ($s := steps; $s.payCard.a & $s.payCard.b) }}'],
    ['{{ steps.chargeCard2.x & trigger.data.chargeCard }}', '{{ steps.chargeCard2.x & trigger.data.chargeCard }}'],
    ['{{ trigger.data.items[steps.chargeCard = 1] }}', '{{ trigger.data.items[steps.chargeCard = 1] }}'],
    ['{{ trigger.data.items[x = $$.steps.chargeCard.y] }}', '{{ trigger.data.items[x = $$.steps.payCard.y] }}'],
    ['{{ steps.chargeCard', '{{ steps.chargeCard'],
    ['{{ steps.chargeCard + }}', '{{ steps.chargeCard + }}'],
  ])('rewrites %s', (before, after) => {
    expect(rename(before)).toBe(after);
  });

  it('quotes a new name that cannot stand bare', () => {
    expect(rename('{{ steps.chargeCard.x }}', 'and')).toBe('{{ steps.`and`.x }}');
  });

  it('counts the references and keeps an untouched template as the same object', () => {
    const template = { a: '{{ steps.chargeCard.x & steps.chargeCard.y }}', b: ['{{ steps.other }}'] };
    expect(renameStepReferences(template, 'chargeCard', 'pay').count).toBe(2);
    expect(renameStepReferences(template, 'nobody', 'pay').template).toBe(template);
  });
});

describe('templateLineage', () => {
  it('lists the fields that a template reads, by step and by root', () => {
    expect(
      templateLineage({
        id: '{{ steps.charge.output.id & trigger.data.id }}',
        lines: ['{{ $sum(steps.cart.output.lines.(price * qty)) }}', '{{ steps.charge.status }}'],
        note: 'for {{ item.name }}, {{ vars.total }}, {{ step.output }}',
      }),
    ).toEqual({
      trigger: [['data', 'id']],
      steps: {
        charge: [['output', 'id'], ['status']],
        cart: [
          ['output', 'lines', 'price'],
          ['output', 'lines', 'qty'],
        ],
      },
      readsAllSteps: false,
      others: { item: [['name']], vars: [['total']], step: [['output']] },
    });
  });

  it('lists a place once, and nothing below one that is read as a whole', () => {
    expect(templateLineage('{{ [trigger.data.a, trigger.data, trigger.data] }}').trigger).toEqual([['data']]);
    expect(templateLineage('{{ steps }}{{ steps.a.output }}')).toMatchObject({
      steps: { a: [['output']] },
      readsAllSteps: true,
    });
    expect(templateLineage('plain')).toEqual({ trigger: [], steps: {}, readsAllSteps: false, others: {} });
  });
});

describe('rootsIn', () => {
  it('adds the names of a place to those that are everywhere', () => {
    expect(rootsIn([])).toEqual(['trigger', 'steps', 'vars', 'run', 'env']);
    expect(rootsIn(['for-each', 'repeat', 'undo'])).toEqual([...rootsIn([]), ...['item', 'index', 'previous', 'step']]);
    expect(rootsIn(['handler'])).toContain('error');
  });
});
