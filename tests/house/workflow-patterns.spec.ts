import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/workflow-patterns.md', () => {
  const rows = [...read('docs/workflow-patterns.md').matchAll(/^\| (\d+) +\|.*\| (runs|) +\|$/gm)];
  const tested = new Set(
    [...read('shared/src/saga/patterns.spec.ts').matchAll(/WCP-(\d+)/g)].map(([, number]) => number),
  );

  it('lists all 43 patterns, and those that run are tests', () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 43 }, (_, index) => index + 1));
    const run = rows.filter(([, , runs]) => runs === 'runs').map(([, number]) => number);
    expect(run.filter((number) => !tested.has(number))).toEqual([]);
    expect(run.length).toBeGreaterThanOrEqual(36);
  });
});
