import { describe, expect, it } from '@jest/globals';
import { connectors } from '../../connector/index.js';
import { compile } from './compile.js';
import { explore } from '../explore.js';
import { said } from '../testing/said.js';
import { undoPreview } from '../undo-preview.js';
import { workflow } from '../testing/index.js';

const TAKEN_BACK = {
  kind: 'compensation',
  name: 'Say that it is off',
  connector: 'events',
  operation: 'publish',
  input: { type: 'order.cancelled', subject: '{{ step.input.subject }}', data: '{{ step.input.data }}' },
} as const;

const EVENT = { type: 'order.placed', subject: '{{ trigger.data.id }}', data: { id: '{{ trigger.data.id }}' } };
const announcing = () => workflow().emit('announce', { event: EVENT, undo: TAKEN_BACK });

describe('a step that publishes an event', () => {
  it('becomes a keyed operation, so that it has its effect once however often it is attempted (S1, S4)', () => {
    const { definition } = compile(announcing().graph(), { connectors });
    expect(definition?.steps['announce']).toMatchObject({
      kind: 'action',
      connector: 'events',
      operation: 'publish',
      effect: 'keyed',
      input: EVENT,
      undo: { kind: 'compensation', effect: 'keyed' },
    });
  });

  it('names the one workflow that it is for, and leaves out what is blank', () => {
    const graph = workflow()
      .emit('tell', { event: { type: 'go', subject: '' }, workflow: 'w1' })
      .graph();
    const { definition } = compile(graph, { connectors });
    expect(definition?.steps['tell']).toMatchObject({ input: { type: 'go', data: {}, workflow: 'w1' } });
    expect(definition?.steps['tell']).not.toHaveProperty('input.subject');
  });

  it('wants to be told how it is undone: what was told stays told (S2)', () => {
    expect(said(workflow().emit('tell').graph(), { connectors })[0]).toMatch(/^warning undo\.undeclared tell at undo/);
    expect(said(announcing().graph(), { connectors })).toEqual([]);
  });

  it('is refused with a blank type, and with a receiver that does not exist', () => {
    const blank = workflow().emit('tell', { event: { type: ' ' }, undo: 'irreversible' });
    expect(said(blank.graph(), { connectors })).toContain('error input.missing tell at event.type');
    const astray = workflow().emit('tell', { workflow: 'gone', undo: 'irreversible' });
    const options = { connectors, workflows: [{ id: 'here', name: 'Here', callable: false }] };
    expect(said(astray.graph(), options)).toContainEqual(
      expect.stringMatching(/^error workflow\.unknown tell at workflow/),
    );
  });

  it('says what it gives, so that a field it does not have is noticed', () => {
    const reads = (field: string) => announcing().end('end', `{{ steps.announce.output.${field} }}`).graph();
    expect(said(reads('position'), { connectors })).toEqual([]);
    expect(said(reads('colour'), { connectors })).toEqual(['warning reference.unknown-field end at output']);
  });

  it('is undone by the event that says so, in the preview and in every exploration (S5, S16)', () => {
    const definition = announcing().step('ship').definition();
    expect(undoPreview(definition, 'ship').steps.map(({ name }) => name)).toContain('Say that it is off');
    const proof = explore(definition);
    expect(proof.violations).toEqual([]);
  });
});
