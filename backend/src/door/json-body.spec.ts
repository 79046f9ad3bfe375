import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../refusal.js';
import { parseJsonBody } from './json-body.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function codeFor(input: Uint8Array): string {
  try {
    parseJsonBody(input);
    return 'accepted';
  } catch (error) {
    return error instanceof Refusal ? error.code : `threw ${String(error)}`;
  }
}

describe('a JSON body', () => {
  it.each([
    ['an unfinished object', bytes('{"a":')],
    ['nothing', bytes('')],
    ['white space only', bytes(' \n')],
    ['a __proto__ key', bytes('{"__proto__":{"isAdmin":true}}')],
    ['an escaped __proto__ key', bytes('{"\\u005f_proto__":{"isAdmin":true}}')],
    ['a constructor.prototype key', bytes('{"a":[{"constructor":{"prototype":{"x":1}}}]}')],
    ['65 levels of arrays', bytes('['.repeat(65) + ']'.repeat(65))],
    ['100,000 levels of arrays', bytes('['.repeat(100_000))],
    [
      '10,001 keys',
      bytes(JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, 1])))),
    ],
    ['500,001 values', bytes(`[${'[],'.repeat(499_999)}1]`)],
    ['invalid UTF-8', Uint8Array.from([0x22, 0xff, 0x22])],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ['an escaped NUL', bytes('{"a":"x\\u0000"}')],
    ['a NUL in a key', bytes('{"\\u0000":1}')],
    ['a lone surrogate', bytes('"\\ud800"')],
    ['a number without end', bytes('1e400')],
    ['NaN', bytes('NaN')],
    ['a trailing comma', bytes('[1,]')],
  ])('with %s is refused as malformed', (_name, input) => {
    expect(codeFor(input)).toBe('body.malformed');
  });

  it.each([
    ['500,000 values', `[${'1,'.repeat(499_998)}1]`],
    ['megabytes of text that looks like many values', JSON.stringify('\\",[{'.repeat(500_000))],
    ['64 levels', '['.repeat(64) + ']'.repeat(64)],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['a key named constructor', '{"constructor":"Gropius"}'],
    ['minus zero and a big integer', '[-0, 9007199254740993]'],
    ['whole surrogate pairs', '"\\ud83d\\ude00"'],
  ])('with %s is accepted', (_name, text) => {
    expect(codeFor(bytes(text))).toBe('accepted');
  });
});
