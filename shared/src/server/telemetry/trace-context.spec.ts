import { readTraceContext, writeTraceContext } from './trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const good = `00-${TRACE}-${SPAN}-01`;

describe('the trace that a sender tells of', () => {
  it('is read with its state, and written for the next hop', () => {
    const context = readTraceContext({ traceparent: good, tracestate: 'rojo=00f067aa0ba902b7, congo=t61rcWkgMzE' });
    expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
    expect(context && writeTraceContext(context)).toEqual({
      traceparent: good,
      tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    });
  });

  it('is read from the attributes of a CloudEvent', () => {
    expect(readTraceContext({ 'ce-traceparent': good }, 'ce-')?.traceId).toBe(TRACE);
    expect(readTraceContext({ 'ce-traceparent': good })).toBeNull();
  });

  it.each([
    ['white space around it', ` ${good}\t`, true],
    ['a later version that says more', `01-${TRACE}-${SPAN}-01-what-comes`, true],
    ['a later version that says as much', `cc-${TRACE}-${SPAN}-01`, true],
    ['flags that we do not know', `00-${TRACE}-${SPAN}-ff`, true],
    ['version 00 that says more', `${good}-x`, false],
    ['version ff', `ff-${TRACE}-${SPAN}-01`, false],
    ['a later version with more and no dash', `01-${TRACE}-${SPAN}-01x`, false],
    ['capitals', good.toUpperCase(), false],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`, false],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`, false],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`, false],
    ['a letter that is no digit', `00-${TRACE.slice(1)}g-${SPAN}-01`, false],
    ['no flags', `00-${TRACE}-${SPAN}`, false],
    ['two of them', `${good}, ${good}`, false],
    ['nothing', '', false],
    ['something else', 'hello', false],
    ['a megabyte', 'a'.repeat(1_000_000), false],
  ])('with %s', (_what, traceparent, readable) => {
    expect(readTraceContext({ traceparent }) !== null).toBe(readable);
  });

  it('starts anew when the header came twice', () => {
    expect(readTraceContext({ traceparent: [good, good] })).toBeNull();
  });

  it.each([
    ['32 members', Array.from({ length: 32 }, (_, each) => `k${each}=v`).join(','), true],
    ['several headers', ['a=1', 'b=2'], true],
    ['empty members', 'a=1,,b=2,', true],
    ['a tenant key', '0x@vendor=1', true],
    ['33 members', Array.from({ length: 33 }, (_, each) => `k${each}=v`).join(','), false],
    ['a key twice', 'a=1,a=2', false],
    ['a key with capitals', 'A=1', false],
    ['no value', 'a=', false],
    ['no key', '=1', false],
    ['a member that is none', 'abc', false],
    ['a value with an equals sign in it', 'a=1=', false],
    ['a value too long', `a=${'x'.repeat(257)}`, false],
  ])('keeps or drops the state as a whole: %s', (_what, tracestate, kept) => {
    const context = readTraceContext({ traceparent: good, tracestate });
    expect(context?.traceId).toBe(TRACE);
    expect(context?.traceState !== undefined).toBe(kept);
  });
});
