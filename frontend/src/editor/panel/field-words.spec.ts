import { describe, expect, it } from '@jest/globals';
import { emptyGraph, graphSchema, NODE_KINDS, nodeSchema } from '@sagawright/shared/graph';
import { blankStep } from '../blank-step.js';
import { STEP_ITEMS } from '../step-items.js';
import { fieldsOfKind, SETTINGS_FIELDS } from './field-shape.js';
import type { FieldShape } from './field-shape.js';
import { startOf } from './field-start.js';
import { wordsOf } from './field-words.js';

/** Fields with a form of their own, and ids, which nobody types. */
const UNWORDED = /(^|\.)(id|undo|retry)(\.|$)/;

/** Every field of a kind at any depth, by its path without positions. */
function* everyField(fields: readonly FieldShape[], before = ''): Generator<{ path: string; field: FieldShape }> {
  for (const field of fields) {
    const path = `${before}${field.name}`;
    yield { path, field };
    const shape = field.shape.kind === 'list' ? field.shape.item.shape : field.shape;
    if (shape.kind === 'object') yield* everyField(shape.fields, `${path}.`);
    if (shape.kind === 'union') for (const inner of Object.values(shape.options)) yield* everyField(inner, `${path}.`);
  }
}

describe('the fields of the step panel (E57)', () => {
  it.each([...NODE_KINDS, 'workflow' as const])('has words for every field of %s', (kind) => {
    for (const { path, field } of everyField(kind === 'workflow' ? SETTINGS_FIELDS : fieldsOfKind(kind))) {
      if (UNWORDED.test(path)) continue;
      const words = wordsOf(kind, path);
      expect([path, words?.label]).toEqual([path, expect.any(String)]);
      const shape = field.shape.kind === 'list' ? field.shape.item.shape : field.shape;
      const values = shape.kind === 'choice' ? shape.values : shape.kind === 'union' ? Object.keys(shape.options) : [];
      for (const value of values)
        expect([path, value, words?.choices?.[value]?.label]).toEqual([path, value, expect.any(String)]);
    }
  });

  it('takes the words of the kind before those that all kinds share', () => {
    expect(wordsOf('join', 'mode')?.label).toBe('Goes on');
    expect(wordsOf('for-each', 'mode')?.label).toBe('Items are done');
    expect(wordsOf('race', 'arms.event.type')).toBe(wordsOf('wait', 'event.type'));
  });

  it('begins each setting of the workflow with something the document takes', () => {
    for (const field of SETTINGS_FIELDS) {
      const graph = emptyGraph();
      const value = startOf({ ...field, optional: false }, null, () => 'new');
      const read = graphSchema.safeParse({ ...graph, settings: { ...graph.settings, [field.name]: value } });
      expect([field.name, read.error?.issues]).toEqual([field.name, undefined]);
    }
  });

  it.each(STEP_ITEMS.map((item) => [item.key, item] as const))(
    'begins each optional part and each alternative of %s with something the document takes',
    (_key, item) => {
      const step = blankStep(item, 'step');
      for (const field of fieldsOfKind(step.kind)) {
        if (field.name === 'undo') continue;
        const tags = field.shape.kind === 'union' ? Object.keys(field.shape.options) : [null];
        for (const tag of tags) {
          const value = startOf(field, tag, () => 'new');
          const filled = nodeSchema.safeParse({ ...step, [field.name]: value });
          expect([field.name, tag, filled.error?.issues]).toEqual([field.name, tag, undefined]);
        }
      }
    },
  );
});
