import { describe, expect, it } from '@jest/globals';
import { previewNow, previewSlowly, templateOf } from './preview.js';

const scope = { trigger: { data: { amountCents: 4200, name: 'Ada' } }, steps: {} };

describe('what a field comes to (E60)', () => {
  it('tells it at once for what the fast path knows', () => {
    expect(previewNow('{{ trigger.data.amountCents / 100 }}', scope)).toEqual({ kind: 'value', value: 42 });
    expect(previewNow('For {{ trigger.data.name }}', scope)).toEqual({ kind: 'value', value: 'For Ada' });
    expect(previewNow('{{ trigger.data.nobody }}', scope)).toEqual({ kind: 'value', value: null });
  });

  it('says nothing of fixed text and of JSON that is not finished', () => {
    expect(templateOf('just text', false)).toBeNull();
    expect(templateOf('{"a": "{{ x }}"', true)).toBeNull();
    expect(templateOf('{"a": "{{ x }}"}', true)).toEqual({ a: '{{ x }}' });
    expect(templateOf('{{ x }}', true)).toBe('{{ x }}');
  });

  it('tells in words what goes wrong, and stops what would go on for ever', async () => {
    expect(await previewSlowly('{{ $number(trigger.data.name) }}', scope, 0)).toMatchObject({ kind: 'problem' });
    const endless = '{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}';
    expect(await previewSlowly(endless, scope, 0)).toMatchObject({ kind: 'problem' });
  });
});
