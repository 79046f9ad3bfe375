import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '@sagawright/shared/contracts';
import { VERSION } from './version.js';

describe('docs/openapi.json', () => {
  it('is what the route table says; run "npm run openapi" when it is not', () => {
    const written = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as unknown;
    expect(written).toEqual(JSON.parse(JSON.stringify(openApiDocument(VERSION))));
  });
});
