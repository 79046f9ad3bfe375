import { describe, expect, it } from '@jest/globals';
import { renameStepReferences, templateReferences } from '../../expression/index.js';
import { expectSound } from '../testing/expect-sound.js';
import { addStep, applyPatch, extractSteps, invertPatch, patchOf, renameStep, setField, setUndo } from '../index.js';
import type { Graph } from '../index.js';
import { behind, draw, line, lines, must, newId, row } from '../testing/drawing.js';

const extract = (graph: Graph, ...ids: string[]) =>
  extractSteps(graph, ids, draw('call', 'Sub'), newId, templateReferences);
const done = (graph: Graph, ...ids: string[]) => {
  const result = extract(graph, ...ids);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  expectSound(result.value.edit.graph);
  expectSound(result.value.extracted);
  return { graph: result.value.edit.graph, child: result.value.extracted };
};
const code = (graph: Graph, ...ids: string[]) => {
  const result = extract(graph, ...ids);
  return result.ok ? 'done' : result.error.code;
};
const field = (graph: Graph, node: string, path: (string | number)[], value: unknown) =>
  setField(graph, node, path, value).graph;
const chain = () =>
  row(draw('action', 'a'), draw('action', 'b'), draw('action', 'c'), draw('action', 'd'), draw('end', 'end'));
const only = (graph: Graph, kind: string) => must(Object.values(graph.nodes).find((node) => node.kind === kind));

describe('extracting a selection to a workflow of its own', () => {
  it('puts a call in its place, and the steps between being called and an end', () => {
    const { graph, child } = done(chain(), 'b', 'c');
    expect(lines(graph)).toEqual(['Sub.out>d', 'a.out>Sub', 'd.out>end', 'start.out>a']);
    const [trigger, end] = [only(child, 'trigger.called').id, only(child, 'end').id];
    expect(lines(child)).toEqual([`${trigger}.out>b`, 'b.out>c', `c.out>${end}`].sort());
  });

  it('passes in what the selection reads of outside, each place once, and reads it from the call', () => {
    const reading = field(chain(), 'b', ['input'], {
      id: '{{ steps.a.output.id }}',
      both: 'of {{ steps.`a`.output.name }} for {{ trigger.data.order[0].id & vars.total }}',
      run: '{{ run.id }}',
    });
    const undone = setUndo(reading, 'b', {
      kind: 'compensation',
      name: 'Back',
      connector: 'shop',
      operation: 'release',
      input: { id: '{{ step.output.id & steps.a.output.id }}' },
    }).graph;
    const { graph, child } = done(undone, 'b', 'c');
    expect(graph.nodes['Sub']).toMatchObject({
      input: {
        a: '{{ steps.a.output }}',
        triggerData: '{{ trigger.data }}',
        total: '{{ vars.total }}',
        runId: '{{ run.id }}',
      },
    });
    expect(child.nodes['b']).toMatchObject({
      input: {
        id: '{{ trigger.data.a.id }}',
        both: 'of {{ trigger.data.a.name }} for {{ trigger.data.triggerData.order[0].id & trigger.data.total }}',
        run: '{{ trigger.data.runId }}',
      },
      undo: { input: { id: '{{ step.output.id & trigger.data.a.id }}' } },
    });
  });

  it('gives later readers what they read of the selection', () => {
    const reading = field(field(chain(), 'c', ['input', 'x'], '{{ steps.b.output.id }}'), 'd', ['input'], {
      id: '{{ steps.b.output.id }}',
      how: '{{ steps.c.status }}',
    });
    const { graph, child } = done(reading, 'b', 'c');
    expect(graph.nodes['d']).toMatchObject({
      input: { id: '{{ steps.sub.output.b.id }}', how: '{{ steps.sub.output.cStatus }}' },
    });
    expect(only(child, 'end')).toMatchObject({
      output: { b: '{{ steps.b.output }}', cStatus: '{{ steps.c.status }}' },
    });
    expect(child.nodes['c']).toMatchObject({ input: { x: '{{ steps.b.output.id }}' } });
  });

  it('passes in the item of a loop around it, and leaves that of a loop in it', () => {
    const around = behind(
      row(draw('for-each', 'loop'), draw('end', 'end')),
      'loop',
      'body',
      draw('action', 'b'),
      draw('action', 'c'),
    );
    const inside = field(around, 'b', ['input', 'x'], '{{ item.sku & index }}');
    expect(done(inside, 'b').graph.nodes['Sub']).toMatchObject({
      parent: 'loop',
      input: { item: '{{ item }}', index: '{{ index }}' },
    });
    expect(done(inside, 'loop').child.nodes['b']).toMatchObject({ input: { x: '{{ item.sku & index }}' } });
    const until = behind(row(draw('repeat', 'again'), draw('end', 'end')), 'again', 'body', draw('action', 'b'));
    expect(done(field(until, 'again', ['until'], '{{ previous.done }}'), 'again').child.nodes['again']).toMatchObject({
      until: '{{ previous.done }}',
    });
  });

  it('passes in the error that a handler sees, and leaves that of a handler in it', () => {
    const scope = behind(row(draw('scope', 's'), draw('end', 'end')), 's', 'handler', draw('action', 'h'));
    const reading = field(behind(scope, 's', 'body', draw('action', 'b')), 'h', ['input', 'why'], '{{ error.code }}');
    expect(done(reading, 'h').graph.nodes['Sub']).toMatchObject({ parent: 's', input: { error: '{{ error }}' } });
    expect(done(reading, 's').child.nodes['h']).toMatchObject({ input: { why: '{{ error.code }}' } });
  });

  it('joins branches that were joined outside before it ends', () => {
    const split = line(
      behind(
        row(draw('parallel', 'p'), draw('action', 'x'), draw('join', 'j'), draw('end', 'end')),
        'p',
        'out',
        draw('action', 'y'),
      ),
      'y',
      'out',
      'j',
    );
    const { graph, child } = done(split, 'p', 'x', 'y');
    expect(lines(graph)).toEqual(['Sub.out>j', 'j.out>end', 'start.out>Sub']);
    const join = only(child, 'join').id;
    expect(lines(child)).toEqual(expect.arrayContaining([`x.out>${join}`, `y.out>${join}`]));
  });

  it('says why it cannot', () => {
    const scope = field(row(draw('scope', 's'), draw('end', 'end')), 's', ['savePoint'], true);
    expect(code(row(draw('respond', 'r'), draw('end', 'end')), 'r')).toBe('extract.respond');
    expect(code(setUndo(chain(), 'b', { kind: 'pivot' }).graph, 'b')).toBe('extract.pivot');
    expect(code(scope, 's')).toBe('extract.save-point');
    expect(code(field(row(draw('transform', 't'), draw('end', 'end')), 't', ['assign'], { total: '1' }), 't')).toBe(
      'extract.assigns',
    );
    expect(code(field(chain(), 'b', ['input', 'x'], '{{ $keys(steps) }}'), 'b')).toBe('extract.expression');
    expect(code(field(chain(), 'b', ['input', 'x'], '{{ $string($$) }}'), 'b')).toBe('extract.expression');
    expect(code(field(chain(), 'b', ['input', 'x'], '{{ (steps.a).output.id }}'), 'b')).toBe('extract.expression');
    expect(code(row(draw('branch', 'b'), draw('action', 'x'), draw('end', 'end')), 'b', 'x')).toBe(
      'selection.dead-end',
    );
    expect(code(chain(), 'start', 'a')).toBe('selection.trigger');
    const beside = addStep(chain(), draw('action', 'z'), { x: 0, y: 900 }).graph;
    expect(code(field(beside, 'z', ['input', 'x'], '{{ steps.end.output }}'), 'end')).toBe('extract.read-beside');
  });

  it('is one edit that its inverse takes back, and renames go through the call afterwards', () => {
    const before = field(chain(), 'd', ['input', 'x'], '{{ steps.b.output.id }}');
    const { graph } = done(before, 'b', 'c');
    expect(applyPatch(graph, invertPatch(patchOf(before, graph)))).toEqual(before);
    const renamed = must(renameStep(graph, 'Sub', 'Fulfil', renameStepReferences)).edit.graph;
    expect(renamed.nodes['d']).toMatchObject({ input: { x: '{{ steps.fulfil.output.b.id }}' } });
  });
});
