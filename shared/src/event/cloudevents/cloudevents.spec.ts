import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contentModeOf, decodeHeaderValue, elementTexts, isAttributeText, readAttributeHeaders } from './index.js';

describe('the content mode', () => {
  it.each([
    ['application/cloudevents+json', true, 'structured'],
    ['Application/CloudEvents+JSON; charset=utf-8', false, 'structured'],
    ['application/cloudevents-batch+json', false, 'batched'],
    ['application/cloudevents-batch+json;charset=utf-8', true, 'batched'],
    ['application/cloudevents+avro', true, null],
    ['application/cloudevents-batch+avro', false, null],
    ['application/cloudevents', true, null],
    ['application/cloudevents-batch', true, null],
    ['application/cloudevents-other+json', false, null],
    ['application/json', true, 'binary'],
    ['', true, 'binary'],
    ['application/json', false, 'plain'],
  ])('%j with attributes in headers: %j = %j', (contentType, hasAttributes, mode) => {
    expect(contentModeOf(contentType, hasAttributes)).toBe(mode);
  });
});

describe('a header value (A122)', () => {
  it.each([
    ['/orders', '/orders'],
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%41%6c', 'Al'],
    ['%2541', '%41'],
    ['"a \\"b\\" %20c"', 'a "b"  c'],
    ['"\\%41"', 'A'],
    ['a"b', 'a"b'],
    ['Ã¼', 'ü'],
    ['""', ''],
  ])('%j means %j', (value, meant) => {
    expect(decodeHeaderValue(value)).toEqual({ ok: true, value: meant });
  });

  it.each([
    ['an overlong form', '%C0%A0'],
    ['another overlong form', '%E0%80%AF'],
    ['half of a surrogate pair', '%ED%A0%80'],
    ['half of a character', '%E2%82'],
    ['a byte that is no UTF-8', '\u00fc'],
    ['a percent sign alone', '50%'],
    ['a percent sign and no digits', '%zz'],
    ['a quotation mark without end', '"abc'],
    ['an end that is escaped', '"abc\\"'],
    ['something behind the quotation', '"a" b'],
    ['a character that is no byte', '€'],
  ])('%s is refused', (_name, value) => {
    expect(decodeHeaderValue(value).ok).toBe(false);
  });

  it('gives back every text that was percent-encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeHeaderValue(encodeURIComponent(text))).toEqual({ ok: true, value: text });
      }),
    );
  });
});

describe('attributes in headers (A118, A121)', () => {
  it('are those that begin with ce-, in any case', () => {
    const { attributes, faults } = readAttributeHeaders([
      ['Content-Type', 'application/json'],
      ['CE-Type', 't'],
      ['ce-traceparent', ' 00-ab '],
    ]);
    expect([[...attributes], faults]).toEqual([
      [
        ['type', 't'],
        ['traceparent', '00-ab'],
      ],
      [],
    ]);
  });

  it.each([
    ['the data content type', 'ce-datacontenttype'],
    ['a hyphen', 'ce-trace-parent'],
    ['an underscore', 'ce-data_base64'],
    ['no name', 'ce-'],
    ['21 letters', `ce-${'a'.repeat(21)}`],
    ['the data', 'ce-data'],
  ])('%s is refused', (_name, header) => {
    const { attributes, faults } = readAttributeHeaders([[header, 'x']]);
    expect([attributes.size, faults.map((fault) => fault.header)]).toEqual([0, [header]]);
  });

  it('that come twice are refused', () => {
    const { faults } = readAttributeHeaders([
      ['ce-id', 'a'],
      ['Ce-Id', 'a'],
    ]);
    expect(faults).toEqual([{ header: 'ce-id', message: 'came more than once' }]);
  });
});

describe('the text of an attribute', () => {
  it.each(['\0', '\n', '\u007f', '\u0085', '\ud800', '\ufffe', '\u{1ffff}'])('%j is none', (text) => {
    expect(isAttributeText(`a${text}b`)).toBe(false);
  });

  it('is any other', () => {
    expect(isAttributeText('Grüße 😀 <&>"\u00a0')).toBe(true);
  });
});

describe('the elements of a batch', () => {
  it.each([
    ['[]', []],
    [' [ ] ', []],
    ['[1.0,{"a":[1,2],"b":"],[\\\\\\""} , [[],{}] ,"x"]', ['1.0', '{"a":[1,2],"b":"],[\\\\\\""}', '[[],{}]', '"x"']],
  ])('%s', (array, elements) => {
    expect(elementTexts(array)).toEqual(elements);
  });

  it('are what they are when parsed, one by one (any JSON)', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1), (values, indent) => {
        const texts = elementTexts(JSON.stringify(values, null, indent));
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});
