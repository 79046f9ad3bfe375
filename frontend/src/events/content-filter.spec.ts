import { describe, expect, it } from '@jest/globals';
import { contentOf } from './content-filter.js';

describe('a filter by content, as it is typed', () => {
  it.each([
    ['', null],
    [' {"data": {"total": [1]}} ', { data: { total: [1] } }],
    [" subject = 'A-1' ", "subject = 'A-1'"],
  ])('%j is %j', (text, filter) => {
    expect(contentOf(text)).toEqual(filter);
  });

  it('is not taken for an expression while a pattern is being written', () => {
    expect(contentOf('{"data":')).toBeUndefined();
  });
});
