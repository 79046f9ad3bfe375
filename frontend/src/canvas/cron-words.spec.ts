import { describe, expect, it } from '@jest/globals';
import { cronInWords } from './cron-words.js';

describe('a cron expression in words (E67)', () => {
  it.each([
    ['0 9 * * 1-5', 'At 09:00, Monday to Friday'],
    ['30 2 * * *', 'At 02:30, every day'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['* * * * *', 'Every minute'],
    ['0 * * * *', 'Every hour'],
    ['15 * * * *', 'Every hour, at minute 15'],
    ['0 */6 * * *', 'Every 6 hours'],
    ['0 8,12,17 * * MON', 'At 08:00, 12:00 and 17:00, Monday'],
    ['0 0 1 * *', 'At 00:00, on day 1 of the month'],
    ['0 0 L * *', 'At 00:00, on the last day of the month'],
    ['0 0 1 1 *', 'At 00:00, on day 1 of the month, in January'],
    ['0 6 1,15 * sun', 'At 06:00, on day 1 and 15 of the month or Sunday'],
    ['*/10 9-17 * * *', 'Every 10 minutes, in the hours 9 to 17'],
    ['30 0 9 * * *', 'At 09:00:30, every day'],
    ['*/15 * * * * *', 'Every 15 seconds'],
  ])('reads %s as %s', (expression, words) => {
    expect(cronInWords(expression)).toBe(words);
  });

  it.each(['', 'every day', '* * * *', '61 * * * *', '0 9 * * 8', '5-1 * * * *', '*/0 * * * *', '1 2 3 4 5 6 7'])(
    'says nothing of %j, which is no cron expression',
    (expression) => {
      expect(cronInWords(expression)).toBeNull();
    },
  );
});
