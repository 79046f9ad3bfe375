import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from './openapi.js';
import { routes } from './table.js';
import { PROBLEMS } from './problem.js';
import type { Route } from './route.js';

const text = JSON.stringify(openApiDocument('0.0.0'));
const document = JSON.parse(text) as {
  paths: Record<string, Record<string, { operationId: string }>>;
  components: { schemas: Record<string, unknown> };
};

describe('the OpenAPI document', () => {
  it('has one operation for every route of the table', () => {
    const operations = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((operation) => operation.operationId),
    );
    expect(operations.sort()).toEqual(Object.keys(routes).sort());
  });

  it('points only at schemas that it holds', () => {
    const targets = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1]);
    expect(targets.length).toBeGreaterThan(10);
    const known = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`));
    expect(targets.filter((target) => !known.has(target ?? ''))).toEqual([]);
  });

  it('is built from routes whose problem codes are all in the table of problems', () => {
    const codes = Object.values(routes).flatMap((route: Route) => [...(route.errors ?? [])]);
    expect(codes.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([]);
  });
});
