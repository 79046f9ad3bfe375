import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareEngines, noTally } from './jsonata-engines.js';
import { FUZZ_OPTIONS, sample } from './jsonata-fuzz.js';

const nested = { a: [[1, 2], [3]], b: { c: [] }, items: [{ a: 1 }, { a: [2, 3] }, { b: 4 }] };

/** Where nothing, lists of one and lists in lists tell the evaluators apart, and where they once differed. */
const CORNERS = [
  { source: 'a[("" ~> $fromMillis)]', data: {} },
  { source: '[$not(nowhere), $boolean(nowhere), $exists(nowhere), $string(nowhere)]', data: {} },
  { source: '{"not": $not(nowhere), "null": null = nowhere, "less": 1 < nowhere}', data: {} },
  { source: '[a, a[], a[0], a[0][0], a[[0, 1]], a.$, a.$[0], b.c, b.c[], b.c.d]', data: nested },
  {
    source: '{"one": items[0].a, "list": items[0].a[], "all": items.a, "none": items.c, "inner": items[b = 4]}',
    data: nested,
  },
  { source: '[items.[a, b], items.{"x": a}, items.(a), items.a[0], items.a[-1], (items.a)[0]]', data: nested },
  { source: '($x := items.a; [$x, $x[], $count($x), $x[1], $x ~> $sum])', data: nested },
  { source: '$ & "" & $$', data: [1, [2]] },
  { source: '$[0] = $$[0] and $count($) = 2', data: [1, [2]] },
];

describe('fast path', () => {
  // JSONata takes a stack trace for every refusal, which Jest makes expensive.
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it.each(CORNERS)('agrees with the reference on $source', async (corner) => {
    expect(await compareEngines(corner, FUZZ_OPTIONS, noTally())).toBeNull();
  });

  it('agrees with the reference on random expressions; npm run test:conformance draws 50,000', async () => {
    const tally = noTally();
    await fc.assert(
      fc.asyncProperty(sample, async (drawn) => {
        expect(await compareEngines(drawn, FUZZ_OPTIONS, tally)).toBeNull();
      }),
      { numRuns: 500, seed: 20_260_701 },
    );
    expect(tally.answered).toBeGreaterThan(250);
  }, 60_000);
});
