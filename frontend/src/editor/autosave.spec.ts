import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { addStep, emptyGraph } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { forgetKeptDraft, keptDraft, startAutosave } from './autosave.js';
import type { SaveResult } from './autosave.js';
import { createEditorStore } from './editor-store.js';

/** A server that answers when it is told to. */
function server() {
  const calls: { base: number; graph: Graph; answer: (result: SaveResult) => Promise<void> }[] = [];
  const save = (base: number, graph: Graph) =>
    new Promise<SaveResult>((resolve) => {
      calls.push({
        base,
        graph,
        answer: async (result) => {
          resolve(result);
          await jest.advanceTimersByTimeAsync(0);
        },
      });
    });
  return { calls, save };
}

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function open() {
  const store = createEditorStore(emptyGraph(), 7);
  const { calls, save } = server();
  const browser = storage();
  const autosave = startAutosave({ workflowId: 'w', store, save, storage: browser });
  let count = 0;
  const edit = () => {
    count += 1;
    const node = { id: `n${count}`, kind: 'note', text: '', name: 'Note', position: { x: 0, y: 0 } } as const;
    store
      .getState()
      .apply(addStep(store.getState().graph, { ...node, size: { width: 160, height: 96 } }, node.position));
  };
  const call = (index: number) => {
    const each = calls[index];
    if (!each) throw new Error(`There was no save number ${index + 1}.`);
    return each;
  };
  return { store, calls, call, browser, autosave, edit };
}

describe('autosave (E45)', () => {
  it('sends nothing when nothing was edited', async () => {
    const { calls, autosave } = open();
    await jest.advanceTimersByTimeAsync(60_000);
    await autosave.flush();
    expect(calls).toHaveLength(0);
  });

  it('sends an edit within two seconds, on the revision it came from', async () => {
    const { store, call, edit } = open();
    edit();
    await jest.advanceTimersByTimeAsync(2000);
    expect(call(0).base).toBe(7);
    await call(0).answer({ kind: 'saved', revision: 8 });
    expect(store.getState()).toMatchObject({ revision: 8, saveStatus: 'saved' });
  });

  it('does not wait longer than ten seconds for somebody who keeps typing', async () => {
    const { calls, edit } = open();
    for (let ms = 0; ms < 10_000; ms += 500) {
      edit();
      await jest.advanceTimersByTimeAsync(500);
    }
    expect(calls).toHaveLength(1);
  });

  it('sends what was edited during a save with the next one, never two at once', async () => {
    const { store, calls, call, edit } = open();
    edit();
    await jest.advanceTimersByTimeAsync(1000);
    edit();
    await jest.advanceTimersByTimeAsync(5000);
    expect(calls).toHaveLength(1);
    await call(0).answer({ kind: 'saved', revision: 8 });
    await jest.advanceTimersByTimeAsync(1000);
    expect(call(1).base).toBe(8);
    expect(Object.keys(call(1).graph.nodes)).toEqual(['n1', 'n2']);
    await call(1).answer({ kind: 'saved', revision: 9 });
    expect(store.getState().saveStatus).toBe('saved');
  });

  it('keeps what cannot be sent in the browser, tries again, and forgets it once it is saved (E46)', async () => {
    const { store, call, browser, edit } = open();
    edit();
    await jest.advanceTimersByTimeAsync(1000);
    await call(0).answer({ kind: 'offline' });
    expect(store.getState().saveStatus).toBe('offline');
    expect(keptDraft('w', browser)).toEqual({ graph: store.getState().graph, revision: 7 });
    await jest.advanceTimersByTimeAsync(5000);
    await call(1).answer({ kind: 'saved', revision: 8 });
    expect(keptDraft('w', browser)).toBeNull();
  });

  it('does not repeat a refused save by itself, but tries again with the next edit', async () => {
    const { store, calls, call, browser, edit } = open();
    edit();
    await jest.advanceTimersByTimeAsync(1000);
    await call(0).answer({ kind: 'refused' });
    expect(store.getState().saveStatus).toBe('refused');
    expect(keptDraft('w', browser)).not.toBeNull();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(1);
    edit();
    await jest.advanceTimersByTimeAsync(2000);
    expect(calls).toHaveLength(2);
  });

  it('stops at a conflict and keeps the edits until a person has decided (E50)', async () => {
    const { store, calls, call, browser, autosave, edit } = open();
    edit();
    await jest.advanceTimersByTimeAsync(1000);
    await call(0).answer({ kind: 'conflict' });
    edit();
    await autosave.flush();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(1);
    expect(store.getState().saveStatus).toBe('conflict');
    autosave.stop();
    expect(Object.keys(keptDraft('w', browser)?.graph.nodes ?? {})).toEqual(['n1', 'n2']);
  });

  it('reads nothing from a browser that holds something else', () => {
    const browser = storage();
    for (const text of ['', '{', '{"graph":{}}', '{"graph":1,"revision":"x"}']) {
      browser.setItem('sagawright.draft.w', text);
      expect(keptDraft('w', browser)).toBeNull();
    }
    forgetKeptDraft('w', browser);
    expect(browser.getItem('sagawright.draft.w')).toBeNull();
  });
});
