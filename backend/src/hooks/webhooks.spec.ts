import { describe, expect, it } from '@jest/globals';
import { cpuMs } from '@sagawright/shared/testing';
import { parseForm } from './webhooks.js';

describe('a form', () => {
  it('keeps single fields as texts and repeated ones as lists, in order', () => {
    expect(parseForm('a=1&b=2&b=3&c')).toEqual({ a: '1', b: ['2', '3'], c: '' });
  });

  it('of 10,000 equal fields is read in a moment, and of more is refused: reading must not grow with the square', () => {
    const startedAt = cpuMs();
    expect(parseForm('a&'.repeat(10_000))).toEqual({ a: Array<string>(10_000).fill('') });
    expect(() => parseForm('a&'.repeat(500_000))).toThrow('more than 10000 fields');
    expect(cpuMs() - startedAt).toBeLessThan(5000);
  });
});
