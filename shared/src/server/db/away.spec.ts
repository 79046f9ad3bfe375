import { describe, expect, it } from '@jest/globals';
import { isDatabaseAway } from './away.js';

describe('a database that is away', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '53300', '08006', '57014'])('is known by %s', (code) =>
    expect(isDatabaseAway(Object.assign(new Error('x'), { code }))).toBe(true),
  );
  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'is known by "%s"',
    (message) => expect(isDatabaseAway(new Error(message))).toBe(true),
  );
  it.each([Object.assign(new Error('x'), { code: '23505' }), new Error('a bug'), 'text', null])(
    'is not the reason of %s',
    (error) => expect(isDatabaseAway(error)).toBe(false),
  );
});
