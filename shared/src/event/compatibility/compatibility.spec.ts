import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../kernel/index.js';
import { checkCompatibility } from './index.js';

const object = (properties: Json, more: Record<string, Json> = {}): Json => ({ type: 'object', properties, ...more });
const text = { type: 'string' };
const backward = (old: Json, next: Json): boolean => checkCompatibility('BACKWARD', next, [old]).compatible;

describe('schema compatibility', () => {
  it('accepts anything in mode NONE, and anything as the first version', () => {
    expect(checkCompatibility('NONE', { type: 'string' }, [{ type: 'number' }]).compatible).toBe(true);
    expect(checkCompatibility('FULL_TRANSITIVE', text, []).compatible).toBe(true);
  });

  it('names what a new version breaks, where, and in which direction', () => {
    const old = object({ city: text });
    const next = object({ city: { type: 'string', maxLength: 5 } }, { required: ['city'] });
    expect(checkCompatibility('FULL', next, [old])).toEqual({
      compatible: false,
      incompatibilities: [
        {
          version: 0,
          direction: 'backward',
          path: '/required',
          keyword: 'required',
          message: '"city" is required, but may be absent.',
        },
        {
          version: 0,
          direction: 'backward',
          path: '/properties/city/maxLength',
          keyword: 'maxLength',
          message: 'More than 5 is possible.',
        },
      ],
    });
  });

  it('looks at the version before in the plain modes, and at all of them in the transitive ones', () => {
    const versions = [object({ a: { type: 'number' } }), object({}), object({ a: text })];
    const next = object({ a: { type: ['string', 'null'] } });
    expect(checkCompatibility('BACKWARD', next, versions).compatible).toBe(true);
    const report = checkCompatibility('BACKWARD_TRANSITIVE', next, versions);
    expect(report.incompatibilities.map(({ version }) => version)).toEqual([0, 1]);
    expect(checkCompatibility('FORWARD', next, versions).compatible).toBe(false);
  });

  it.each([
    ['a number may become wider, an integer a number', { type: 'integer' }, { type: 'number' }, true],
    ['a number must not become an integer', { type: 'number' }, { type: 'integer' }, false],
    ['an enum may grow', { enum: ['a'] }, { enum: ['a', 'b'] }, true],
    ['an enum must not shrink', { enum: ['a', 'b'] }, { enum: ['a'] }, false],
    [
      'listed texts are known to fit a length and a pattern',
      { enum: ['ab', 'cd'] },
      { minLength: 2, pattern: '^[a-d]+$' },
      true,
    ],
    ['a listed text that does not fit is found', { enum: ['ab', 'x'] }, { minLength: 2 }, false],
    [
      'a choice by type may grow',
      { oneOf: [text, { type: 'null' }] },
      { oneOf: [text, { type: 'null' }, { type: 'array' }] },
      true,
    ],
    [
      'a choice by a constant may grow',
      { oneOf: [object({ kind: { const: 'a' } }, { required: ['kind'] })] },
      {
        oneOf: [
          object({ kind: { const: 'b' } }, { required: ['kind'] }),
          object({ kind: { const: 'a' } }, { required: ['kind'] }),
        ],
      },
      true,
    ],
    [
      'overlapping alternatives are no exclusive choice',
      { type: 'integer' },
      { oneOf: [{ type: 'number' }, { minimum: 0 }] },
      false,
    ],
    ['a closed object may be opened', object({ a: text }, { additionalProperties: false }), object({ a: text }), true],
    [
      'an open object must not be closed',
      object({ a: text }),
      object({ a: text }, { additionalProperties: false }),
      false,
    ],
  ] as const)('%s', (_rule, old, next, compatible) => {
    expect(backward(old, next)).toBe(compatible);
  });

  it('sees a change behind a reference whose text is the same in both versions', () => {
    const version = (street: Json): Json =>
      object({ home: object({ to: { $ref: '#/$defs/S' } }) }, { $defs: { S: street } });
    expect(backward(version(text), version({ type: 'number' }))).toBe(false);
    expect(backward(version({ type: 'integer' }), version({ type: 'number' }))).toBe(true);
  });

  it('compares schemas that contain themselves', () => {
    const tree = (value: Json): Json => object({ value, children: { type: 'array', items: { $ref: '#' } } });
    expect(backward(tree({ type: 'integer' }), tree({ type: 'number' }))).toBe(true);
    expect(backward(tree({ type: 'number' }), tree({ type: 'integer' }))).toBe(false);
  });
});
