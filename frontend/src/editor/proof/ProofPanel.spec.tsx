import { describe, expect, it, jest } from '@jest/globals';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { FailurePoint, Proof } from './proof.js';
import { ProofPanel } from './ProofPanel.js';
import type { ProofView } from './use-proof.js';

const charge: FailurePoint = {
  step: 'charge',
  name: 'Charge card',
  how: 'fails for good',
  undone: [{ step: 'reserve', order: 1, name: 'Release stock', note: null }],
  left: [{ step: 'mail', reason: 'irreversible', name: 'Send mail', why: 'cannot be undone' }],
  kept: [],
  handled: null,
  stays: [],
};

function proved(proof: Partial<Proof>, stale = false): ProofView {
  const verdict = { tone: 'left', text: 'The one failure point leaves something' } as const;
  return { kind: 'proved', stale, proof: { verdict, points: [charge], parks: [], loops: false, ...proof } };
}

function show(view: ProofView, shown: string | null = null) {
  const onShow = jest.fn<(step: string) => void>();
  render(<ProofPanel view={view} shown={shown} onShow={onShow} />);
  return onShow;
}

describe('the list of failure points', () => {
  it('tells of each what goes back and what stays, and shows the chosen one on the drawing', async () => {
    const onShow = show(proved({}), 'charge');
    const point = screen.getByRole('button', { name: /^Charge card fails for good/, pressed: true });
    expect(point.textContent).toContain('1Release stock');
    expect(point.textContent).toContain('Stays: Send mail cannot be undone');
    await userEvent.click(point);
    expect(onShow).toHaveBeenCalledWith('charge');
  });

  it('says that there is nothing to undo, rather than nothing', () => {
    show(proved({ points: [{ ...charge, undone: [], left: [] }] }));
    expect(screen.getByText('There is nothing to undo.')).toBeTruthy();
  });

  it('tells who handles a failure, and what stays done then', () => {
    const handled = 'taken by “Note failure” (on failure inside Scope)';
    show(
      proved({ points: [{ ...charge, undone: [], left: [], handled, stays: [{ step: 'reserve', name: 'Reserve' }] }] }),
    );
    const point = screen.getByRole('button', { name: /^Charge card/ });
    expect(point.textContent).toContain(`Handled: ${handled}`);
    expect(point.textContent).toContain('Stays done: Reserve');
    expect(point.textContent).not.toContain('nothing to undo');
  });

  it('says where a run waits for a person', () => {
    show(proved({ parks: [{ step: 'charge', text: 'Refund fails' }] }));
    expect(screen.getByRole('region', { name: 'Where a run waits for a person' }).textContent).toContain(
      'Refund fails',
    );
  });
});

describe('without a proof', () => {
  it.each<[ProofView, RegExp]>([
    [{ kind: 'empty' }, /Nothing is drawn yet/],
    [{ kind: 'broken', errors: 2 }, /Mend the 2 errors first/],
    [{ kind: 'broken', errors: 1 }, /Mend the error first/],
    [{ kind: 'working' }, /Trying out/],
    [{ kind: 'failed' }, /Reload the page/],
  ])('says why: %j', (view, words) => {
    show(view);
    expect(screen.getByRole('status').textContent).toMatch(words);
    expect(screen.queryByRole('region', { name: 'Failure points' })).toBeNull();
  });

  it('marks a proof of an older drawing as being made anew', () => {
    show(proved({}, true));
    expect(screen.getByRole('status').getAttribute('data-proof')).toBe('working');
  });
});
