import { describe, expect, it } from '@jest/globals';
import { tidy } from '@sagawright/shared/graph';
import { templates } from '@sagawright/shared/template';
import { openingView, READABLE, shiftInto } from './opening.js';

const saga = templates[0]?.graph;
if (!saga) throw new Error('There is no template.');
const onScreen = (x: number, view: { x: number; zoom: number }) => x * view.zoom + view.x;

describe('the first look at a drawing (E32)', () => {
  it('shows the whole order saga, readable, beside the palette of a laptop', () => {
    const view = openingView(saga, 'order-received', { width: 1152, height: 780 });
    expect(view.zoom).toBeGreaterThanOrEqual(READABLE);
    expect(view.zoom).toBeLessThanOrEqual(1);
    expect(onScreen(saga.nodes['order-received']?.position.x ?? 0, view)).toBeGreaterThan(0);
    expect(onScreen((saga.nodes['done']?.position.x ?? 0) + 192, view)).toBeLessThan(1152);
  });

  it('starts at the trigger and stays readable where the whole does not fit (E42)', () => {
    const view = openingView(saga, 'order-received', { width: 390, height: 600 });
    expect(view.zoom).toBeGreaterThanOrEqual(READABLE);
    expect(onScreen(saga.nodes['order-received']?.position.x ?? 0, view)).toBe(24);
  });
});

describe('the first look at a drawing from top to bottom (E32)', () => {
  it('starts with the trigger at the upper border, in the middle', () => {
    const down = tidy({ ...saga, settings: { ...saga.settings, direction: 'tb' } }).graph;
    const view = openingView(down, 'order-received', { width: 390, height: 300 });
    const trigger = down.nodes['order-received']?.position ?? { x: 0, y: 0 };
    expect(trigger.y * view.zoom + view.y).toBe(40);
    expect(onScreen(trigger.x + 120, view)).toBeCloseTo(195);
  });
});

describe('bringing a step into view (E56)', () => {
  const view = { x: 0, y: 0, zoom: 1 };
  const insets = { top: 10, right: 10, bottom: 10, left: 10 };
  const screen = { width: 500, height: 400 };

  it('leaves alone what is seen already', () => {
    expect(shiftInto({ x: 10, y: 10, width: 240, height: 64 }, view, screen, insets)).toBeNull();
  });

  it('moves only as far as needed', () => {
    expect(shiftInto({ x: 400, y: 10, width: 240, height: 64 }, view, screen, insets)).toEqual({
      x: -150,
      y: 0,
      zoom: 1,
    });
    expect(shiftInto({ x: -90, y: 350, width: 240, height: 64 }, view, screen, insets)).toEqual({
      x: 100,
      y: -24,
      zoom: 1,
    });
  });

  it('shows the beginning of what is larger than the free part', () => {
    expect(shiftInto({ x: 0, y: 100, width: 900, height: 64 }, view, screen, insets)?.x).toBe(10);
  });
});
