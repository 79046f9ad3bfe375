import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { TooltipProvider } from '../../ui/index.js';
import { SendManyDialog } from './SendManyDialog.js';

/** What the interface answers, request by request; an error is one that never arrived. */
function answers(...list: readonly (object | Error)[]): unknown[] {
  const asked: unknown[] = [];
  globalThis.fetch = jest.fn((_url: unknown, init?: RequestInit) => {
    asked.push(JSON.parse(init?.body as string));
    const next = list[asked.length - 1] ?? new TypeError('nobody answers');
    if (next instanceof Error) return Promise.reject(next);
    return Promise.resolve({ ok: true, status: 200, text: () => Promise.resolve(JSON.stringify(next)) });
  }) as unknown as typeof fetch;
  return asked;
}

function show(): void {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TooltipProvider>
        <SendManyDialog filter={{ kind: 'schema' }} onClose={() => undefined} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
}

const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));
const page = (redriven: number, nextCursor: string | null) => ({ redriven, failed: [], nextCursor });

describe('sending many letters again', () => {
  const real = globalThis.fetch;
  afterEach(() => {
    globalThis.fetch = real;
  });

  it('goes on where each request ended, until there are no more of the filter', async () => {
    const asked = answers(page(100, 'behind-100'), page(3, null));
    show();
    await press('Send again');
    expect((await screen.findByText(/That were all/)).textContent).toContain('103 letters sent again');
    const filter = { kind: 'schema' };
    expect(asked).toEqual([
      { filter, note: '' },
      { filter, note: '', cursor: 'behind-100' },
    ]);
    expect(screen.queryByRole('button', { name: 'Go on' })).toBeNull();
  });

  it('says what went wrong, and goes on from there', async () => {
    const asked = answers(page(100, 'behind-100'), new TypeError('gone'), page(1, null));
    show();
    await press('Send again');
    expect((await screen.findByRole('alert')).textContent).toContain('Check that Sagawright is running');
    await press('Go on');
    expect((await screen.findByText(/That were all/)).textContent).toContain('101 letters sent again');
    expect(asked).toHaveLength(3);
    expect(asked[2]).toMatchObject({ cursor: 'behind-100' });
  });
});
