import { describe, expect, it } from '@jest/globals';
import { preferredWait, prefersStrict } from './prefer.js';

describe('the preference to wait', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['respond-async', null],
    ['wait=20', 20],
    ['Wait = "5"', 5],
    ['respond-async, wait=7; foo=bar', 7],
    ['wait=31', 30],
    ['wait=999999999', 30],
    ['wait=0', null],
    ['wait=-1', null],
    ['wait=1.5', null],
    ['wait=99999999999', null],
    ['wait', 30],
    ['wait=', null],
    ['xwait=3', null],
    ['wait=3, wait=9', 3],
  ])('of "%s" is %p seconds', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds);
  });
});

describe('the preference for a refusal', () => {
  it.each<[string | string[] | undefined, boolean]>([
    [undefined, false],
    ['strict', true],
    ['wait=3, Strict', true],
    [['wait=3', 'strict'], true],
    ['strictly', false],
    ['handling=strict', false],
  ])('of %p is %p', (header, strict) => {
    expect(prefersStrict(header)).toBe(strict);
  });
});
