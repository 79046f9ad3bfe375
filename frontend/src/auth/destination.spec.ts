import { describe, expect, it } from '@jest/globals';
import { safeDestination } from './destination.js';

describe('where a login leads', () => {
  it('is a place inside the app', () => {
    expect(safeDestination('/runs?status=failed')).toBe('/runs?status=failed');
    expect(safeDestination(undefined)).toBe('/workflows');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/sign-in?next=/sign-in',
    '',
  ])('is never %p', (next) => {
    expect(safeDestination(next)).toBe('/workflows');
  });
});
