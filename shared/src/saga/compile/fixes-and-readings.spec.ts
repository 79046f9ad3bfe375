/** What a quick fix makes of a drawing, and what a template is found to read. */
import { describe, expect, it } from '@jest/globals';
import type { Graph } from '../../graph/index.js';
import { workflow } from '../testing/index.js';
import { step, withEdge, withNode, without } from '../testing/said.js';
import { applyQuickFix } from './quick-fix.js';
import type { FixEdit } from './quick-fix.js';
import { constantOf, forEachText, plainPath, readTemplate } from './read-template.js';

const apply = (graph: Graph, edit: FixEdit) => applyQuickFix(graph, { label: 'test', edit });
const lines = ({ edges }: Graph) => Object.values(edges).map(({ from, port, to }) => `${from} ${port} ${to}`);

const empty: Graph = { ...workflow().graph(), nodes: {}, edges: {}, order: [] };
const chain = workflow().step('a').step('b').graph();

describe('a fix', () => {
  it('puts a trigger before a step, left of it, with a name that is free', () => {
    const graph = withNode(empty, 'only', { kind: 'end' });
    const once = apply(graph, { kind: 'add-trigger', to: 'only' });
    expect(once.nodes['start']).toMatchObject({ name: 'Start', kind: 'trigger.manual', position: { x: -320, y: 0 } });
    expect(lines(once)).toEqual(['start out only']);
    expect(once.order).toEqual(['only', 'start']);
    const twice = apply(once, { kind: 'add-trigger', to: 'only' });
    expect(twice.nodes['start-2']).toMatchObject({ name: 'Start 2' });
    expect(lines(twice)).toEqual(['start out only', 'start-2 out only']);
    expect(apply(graph, { kind: 'add-trigger', to: 'gone' })).toBe(graph);
  });

  it('puts an end behind a port, right of the step and in the same container', () => {
    const graph = without(chain, 'b-out-end');
    const ended = apply(graph, { kind: 'add-end', from: 'b', port: 'out' });
    expect(ended.nodes['end-2']).toMatchObject({ name: 'End 2', kind: 'end', position: { x: 320, y: 0 } });
    expect(ended.nodes['end-2']).not.toHaveProperty('parent');
    expect(lines(ended)).toContain('b out end-2');
    const inside = apply(workflow().scope('box', step('a')).graph(), { kind: 'add-end', from: 'a', port: 'error' });
    expect(inside.nodes['end-2']).toMatchObject({ parent: 'box' });
    expect(apply(graph, { kind: 'add-end', from: 'gone', port: 'out' })).toBe(graph);
  });

  it('puts a join before a step, which takes over all that led there', () => {
    const joined = apply(withEdge(chain, 'start', 'out', 'b'), { kind: 'insert-join', before: 'b' });
    expect(joined.nodes['join']).toMatchObject({
      name: 'Join',
      kind: 'join',
      mode: { kind: 'all' },
      position: { x: -160 },
    });
    expect(lines(joined).sort()).toEqual(['a out join', 'b out end', 'join out b', 'start out a', 'start out join']);
    expect(apply(chain, { kind: 'insert-join', before: 'gone' })).toBe(chain);
  });

  it('deletes a step, and heals the line where that is wanted', () => {
    const healed = apply(chain, { kind: 'remove-node', node: 'a', heal: true });
    expect(lines(healed).sort()).toEqual(['b out end', 'start out b']);
    expect(healed.order).toEqual(['start', 'b', 'end']);
    expect(Object.keys(healed.nodes)).toEqual(['start', 'b', 'end']);
    expect(lines(apply(chain, { kind: 'remove-node', node: 'a', heal: false }))).toEqual(['b out end']);
    expect(apply(chain, { kind: 'remove-node', node: 'gone', heal: true })).toBe(chain);
  });

  it('deletes a container with what lies in it, and draws no line twice', () => {
    const graph = workflow()
      .scope('box', (path) => path.step('a').step('b'))
      .step('c')
      .graph();
    const healed = apply(graph, { kind: 'remove-node', node: 'box', heal: true });
    expect(lines(healed).sort()).toEqual(['c out end', 'start out c']);
    expect(healed.order).toEqual(['start', 'c', 'end']);
    const drawn = apply(withEdge(chain, 'start', 'out', 'b'), { kind: 'remove-node', node: 'a', heal: true });
    expect(lines(drawn).sort()).toEqual(['b out end', 'start out b']);
  });

  it('connects steps that there are, by a line of its own', () => {
    const graph = withEdge(chain, 'a', 'error', 'end');
    const taken = {
      ...graph,
      edges: { ...graph.edges, 'line-6': { id: 'line-6', from: 'b', port: 'error', to: 'end' } },
    };
    const connected = apply(taken, { kind: 'connect', from: 'start', port: 'out', to: 'b' });
    expect(connected.edges['line-7']).toMatchObject({ from: 'start', to: 'b' });
    expect(lines(connected)).toEqual([...lines(taken), 'start out b']);
    expect(lines(apply(chain, { kind: 'connect', from: 'a', port: 'out', to: 'b' }))).toEqual(lines(chain));
    expect(apply(chain, { kind: 'connect', from: 'gone', port: 'out', to: 'b' })).toBe(chain);
    expect(apply(chain, { kind: 'connect', from: 'a', port: 'out', to: 'gone' })).toBe(chain);
  });

  it('deletes one line, sets and clears a field, moves a step, and sets a setting', () => {
    expect(lines(apply(chain, { kind: 'remove-edge', edge: 'a-out-b' }))).toEqual(['start out a', 'b out end']);
    expect(apply(chain, { kind: 'remove-edge', edge: 'gone' })).toBe(chain);
    const set = apply(chain, { kind: 'set', node: 'a', path: ['onFailure'], value: 'park' });
    expect(set.nodes['a']).toMatchObject({ onFailure: 'park' });
    expect(apply(set, { kind: 'clear', node: 'a', path: ['onFailure'] }).nodes['a']).not.toHaveProperty('onFailure');
    expect(apply(chain, { kind: 'set', node: 'gone', path: ['onFailure'], value: 'park' })).toBe(chain);
    expect(apply(chain, { kind: 'move', node: 'a', into: 'box' }).nodes['a']).toMatchObject({ parent: 'box' });
    expect(apply(chain, { kind: 'move', node: 'gone', into: null })).toBe(chain);
    expect(apply(chain, { kind: 'set-setting', path: ['deadlineMs'], value: 5 }).settings).toMatchObject({
      deadlineMs: 5,
    });
  });
});

/** What was read once is remembered by its text, so each reading here is of a text that has not been read before. */
let count = 0;
const fresh = () => `n${(count += 1)}`;

describe('a reading of a template', () => {
  it('finds the place and the path of all that is read, in lists and objects', () => {
    const name = fresh();
    const { problems, references } = readTemplate({
      one: `{{ steps.${name}.output.id }}`,
      two: ['plain', `a {{ vars.${name} }} and {{ trigger.data.${name} }}`],
      three: { deep: `{{ ${name} }}` },
      four: 4,
      five: null,
      six: true,
    });
    expect(problems).toEqual([]);
    expect(references).toEqual([
      { root: 'steps', key: name, path: ['output', 'id'], field: ['one'] },
      { root: 'vars', key: name, path: [], field: ['two', 1] },
      { root: 'trigger', key: 'data', path: [name], field: ['two', 1] },
      { root: name, key: null, path: [], field: ['three', 'deep'] },
    ]);
  });

  it('finds what an expression reads beyond plain paths, the same each time', () => {
    const text = `{{ steps.${fresh()}.output.a + vars.total }}`;
    const first = readTemplate(text);
    expect(first.references.map(({ root }) => root).sort()).toEqual(['steps', 'vars']);
    expect(readTemplate(text)).toEqual(first);
  });

  it('says what cannot be read, and nothing about text without expressions', () => {
    expect(readTemplate(`{{ ${fresh()} + }}`).problems).toHaveLength(1);
    expect(readTemplate([`{{ ${fresh()}`]).problems).toMatchObject([{ field: [0] }]);
    expect(readTemplate(`just ${fresh()}`)).toEqual({ problems: [], references: [] });
  });

  it.each(['and', 'or', 'in', 'true', 'false', 'null', 'function'])('does not take %s for a name', (word) => {
    expect(plainPath(`{{ ${word} }}`)).toBeNull();
    expect(plainPath(`{{ a.${word} }}`)).toBeNull();
    expect(plainPath(`{{ a.b.${word} }}`)).toBeNull();
  });

  it.each([
    ['{{a}}', { root: 'a', key: null, path: [] }],
    ['{{  a.b.c  }}', { root: 'a', key: 'b', path: ['c'] }],
    ['{{ a1._b }}', { root: 'a1', key: '_b', path: [] }],
    ['{{ a.1 }}', null],
    ['{{ 1a }}', null],
    ['{{ a }} ', null],
    [' {{ a }}', null],
    ['{{ a. }}', null],
    ['a.b', null],
  ])('takes %s for what it is', (text, path) => {
    expect(plainPath(text)).toEqual(path);
  });

  it.each([
    ['true', true],
    [' false ', false],
    ['{{ true }}', true],
    [' {{false}} ', false],
    ['{{ truely }}', null],
    ['{{ a }}', null],
    ['x {{ true }}', null],
    ['{{ true }} x', null],
    ['', null],
  ])('knows whether %s depends on anything', (condition, value) => {
    expect(constantOf(condition)).toBe(value);
  });

  it('sees every text once, with the names above it', () => {
    const seen: [string, (string | number)[]][] = [];
    forEachText({ a: 'x', b: [1, 'y', { c: 'z' }], d: null, e: false }, (text, field) => seen.push([text, [...field]]));
    expect(seen).toEqual([
      ['x', ['a']],
      ['y', ['b', 1]],
      ['z', ['b', 2, 'c']],
    ]);
  });
});
