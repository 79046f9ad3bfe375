import { describe, expect, it } from '@jest/globals';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ForwardStatus, UndoStatus } from '@sagawright/shared/saga';
import { childPath } from './JsonView.js';
import {
  Field,
  Input,
  JsonView,
  StatusBadge,
  formatDuration,
  formatRelative,
  runStateStyle,
  stepDisplayState,
  stepStateStyle,
} from './index.js';

describe('state style', () => {
  it('tells every two states apart by glyph or word, not by colour alone (7.1)', () => {
    for (const table of [runStateStyle, stepStateStyle]) {
      const signs = Object.values(table).map((style) => `${style.glyph}|${style.word}`);
      expect(new Set(signs).size).toBe(signs.length);
    }
  });

  it('shows the undo of a step as soon as it is the news (R25)', () => {
    expect(stepDisplayState({ status: 'succeeded', undo: { status: 'captured' } }, false)).toBe('succeeded');
    expect(stepDisplayState({ status: 'succeeded', undo: { status: 'running' } }, false)).toBe('undoing');
    expect(stepDisplayState({ status: 'unknown', undo: { status: 'done' } }, false)).toBe('undone');
    expect(stepDisplayState(undefined, false)).toBe('idle');
  });

  it('waits for nothing more once its run has ended', () => {
    const left = (status: ForwardStatus, undo: UndoStatus = 'none') =>
      stepDisplayState({ status, undo: { status: undo } }, true);
    expect(left('waiting')).toBe('cancelled');
    expect(left('open')).toBe('cancelled');
    expect(left('retrying')).toBe('cancelled');
    // Nobody heard how the call in flight went.
    expect(left('running')).toBe('unknown');
    expect(left('succeeded', 'running')).toBe('undo-left');
    expect(left('succeeded', 'captured')).toBe('succeeded');
    expect(left('failed')).toBe('failed');
  });

  it('writes the word beside the glyph', () => {
    render(<StatusBadge run="compensating" detail="2 of 4" />);
    expect(screen.getByText(/Compensating/)).toBeTruthy();
    expect(screen.getByText('2 of 4')).toBeTruthy();
  });
});

describe('times', () => {
  it.each([
    [412, '412 ms'],
    [3200, '3.2 s'],
    [9999, '10 s'],
    [59_999, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [15_120_000, '4 h 12 m'],
    [273_600_000, '3 d 4 h'],
    [-5, '0 ms'],
  ])('%i ms reads %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });

  it('says before and after', () => {
    expect(formatRelative(0, 3000)).toBe('just now');
    expect(formatRelative(0, 200_000)).toBe('3 min ago');
    expect(formatRelative(90_000, 0)).toBe('in 1 min');
  });
});

describe('Field', () => {
  it('ties label, help and error to its control', () => {
    render(
      <Field label="Name" help="As on the card" error="Give it a name." required>
        <Input />
      </Field>,
    );
    const input = screen.getByLabelText(/Name/);
    expect(input.getAttribute('aria-invalid')).toBe('true');
    const described = (input.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent);
    expect(described).toEqual(['As on the card', 'Give it a name.']);
  });
});

describe('JsonView', () => {
  it('opens and closes lists by button', async () => {
    render(<JsonView label="Output" value={{ order: { lines: [{ sku: 'BK-7' }] } }} openLevels={1} />);
    expect(screen.queryByText('"BK-7"')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: /order/ }));
    await userEvent.click(screen.getByRole('button', { name: /lines/ }));
    await userEvent.click(screen.getByRole('button', { name: /^0/ }));
    expect(screen.getByText('"BK-7"')).toBeTruthy();
  });

  it('copies paths as an expression would write them', () => {
    expect(childPath(childPath('steps.charge.output', 'lines'), 0)).toBe('steps.charge.output.lines[0]');
    expect(childPath('trigger.data', 'order id')).toBe('trigger.data.`order id`');
  });
});
