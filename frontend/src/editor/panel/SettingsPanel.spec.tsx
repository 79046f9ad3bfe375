import { expect, it } from '@jest/globals';
import { emptyGraph } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { TooltipProvider } from '../../ui/index.js';
import { createEditorStore, EditorContext } from '../editor-store.js';
import { SettingsPanel } from './SettingsPanel.js';

// The document of the tests has none, and a switch makes one when it is clicked.
Object.assign(window, { PointerEvent: MouseEvent });

function show(settings: Partial<Graph['settings']> = {}) {
  const graph = emptyGraph();
  const store = createEditorStore({ ...graph, settings: { ...graph.settings, ...settings } });
  const queries = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  render(
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <EditorContext value={store}>
          <SettingsPanel workflowId="w" />
        </EditorContext>
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { settings: () => store.getState().graph.settings, undo: () => act(() => store.getState().undo()) };
}

it('limits how many runs go on, and takes the limit back', async () => {
  const { settings, undo } = show();
  await userEvent.click(screen.getByRole('switch', { name: 'Limit how many runs go on' }));
  expect(settings().concurrency).toEqual({ key: '', limit: 5, policy: 'queue' });
  const limit = screen.getByRole('textbox', { name: 'At most' });
  await userEvent.clear(limit);
  await userEvent.type(limit, '12');
  expect(settings().concurrency?.limit).toBe(12);
  await userEvent.click(screen.getByRole('switch', { name: 'Limit how many runs go on' }));
  expect(settings().concurrency).toBeUndefined();
  undo();
  expect(settings().concurrency?.limit).toBe(12);
});

it('asks for a quiet time only of the policy that waits for one', () => {
  show({ concurrency: { key: '', limit: 1, policy: 'queue' } });
  expect(screen.queryByText('Quiet time')).toBeNull();
  show({ concurrency: { key: '', limit: 1, policy: 'debounce' } });
  expect(screen.getByText('Quiet time')).toBeTruthy();
});

it('says a problem of a setting at its field', () => {
  show({ concurrency: { key: '', limit: 3, policy: 'debounce', debounceMs: 1000 } });
  expect(screen.getByText(/3 may at a time/)).toBeTruthy();
});

it('sets a deadline, and none', async () => {
  const { settings } = show({ deadlineMs: 60_000 });
  const [field] = screen.getAllByRole('textbox', { name: /Deadline/ });
  if (field === undefined) throw new Error('There is no field for the deadline.');
  await userEvent.clear(field);
  expect(settings().deadlineMs).toBeUndefined();
  await userEvent.type(field, '5');
  expect(settings().deadlineMs).toBeGreaterThan(0);
});
