import { describe, expect, it } from '@jest/globals';
import { insertion } from './insert-reference.js';

/** `|` is the caret; the text after a pick. */
function picked(text: string, json = false): string {
  const at = Math.max(0, text.indexOf('|'));
  const plain = text.replace('|', '');
  const { from, to, insert } = insertion(plain, { from: at, to: at }, 'trigger.data.id', json);
  return plain.slice(0, from) + insert + plain.slice(to);
}

describe('picking data into a field (E59)', () => {
  it.each([
    ['an empty field', '|', '{{ trigger.data.id }}'],
    ['a field that is one value', '{{ item.sku }}|', '{{ trigger.data.id }}'],
    ['text', 'Order | of today', 'Order {{ trigger.data.id }} of today'],
    ['one value in text', 'Order {{ item.s|ku }} of today', 'Order {{ trigger.data.id }} of today'],
    ['a computation', '{{ $uppercase(|) }}', '{{ $uppercase(trigger.data.id) }}'],
    ['braces just opened', 'Order {{ | }}', 'Order {{ trigger.data.id }}'],
  ])('goes into %s', (_what, before, after) => {
    expect(picked(before)).toBe(after);
  });

  it.each([
    ['replaces an empty object', '{}|', '{{ trigger.data.id }}'],
    ['goes between quotes as it is', '{"id": "|"}', '{"id": "{{ trigger.data.id }}"}'],
    ['brings quotes along outside of them', '{"say \\" ": |}', '{"say \\" ": "{{ trigger.data.id }}"}'],
  ])('%s in JSON', (_what, before, after) => {
    expect(picked(before, true)).toBe(after);
  });
});
