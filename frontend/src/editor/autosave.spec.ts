import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { addStep, emptyGraph } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { keptDraft, startAutosave } from './autosave.js';
import type { SaveResult } from './autosave.js';
import { createEditorStore } from './editor-store.js';
import { takeIn } from './merge/take-in.js';

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
  const merged: string[] = [];
  const onMerged = ({ author }: { author: string }) => merged.push(author);
  const autosave = startAutosave({ workflowId: 'w', store, save, storage: browser, onMerged });
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
  return { store, calls, call, browser, autosave, edit, merged };
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
    expect(keptDraft('w', browser)).toEqual({ graph: store.getState().graph, revision: 7, base: emptyGraph() });
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

  describe('when somebody else has saved (E50)', () => {
    const note = (id: string, text = '') =>
      ({ id, kind: 'note', text, name: id, position: { x: 0, y: 0 }, size: { width: 160, height: 96 } }) as const;
    const theirs = (revision: number, id: string, text = ''): SaveResult => ({
      kind: 'conflict',
      theirs: { revision, author: 'Anna', graph: addStep(emptyGraph(), note(id, text), { x: 0, y: 0 }).graph },
    });
    const nodesOf = (graph: Graph | undefined) => Object.keys(graph?.nodes ?? {}).sort();

    it('merges what does not overlap and saves it on their revision', async () => {
      const { store, calls, call, browser, edit, merged } = open();
      edit();
      await jest.advanceTimersByTimeAsync(1000);
      await call(0).answer(theirs(12, 'hers'));
      expect([call(1).base, nodesOf(call(1).graph)]).toEqual([12, ['hers', 'n1']]);
      await call(1).answer({ kind: 'saved', revision: 13 });
      expect(store.getState()).toMatchObject({ revision: 13, saveStatus: 'saved', theirs: null });
      expect(merged).toEqual(['Anna']);
      expect(keptDraft('w', browser)).toBeNull();
      await jest.advanceTimersByTimeAsync(60_000);
      expect(calls).toHaveLength(2);
    });

    it('makes the merge one step of history: undo gives mine, redo both', async () => {
      const { store, call, edit } = open();
      edit();
      await jest.advanceTimersByTimeAsync(1000);
      await call(0).answer(theirs(12, 'hers'));
      await call(1).answer({ kind: 'saved', revision: 13 });
      expect(store.getState().undo()).toBe('Merged with Anna’s changes');
      expect(nodesOf(store.getState().graph)).toEqual(['n1']);
      store.getState().undo();
      expect(nodesOf(store.getState().graph)).toEqual([]);
      store.getState().redo();
      store.getState().redo();
      expect(nodesOf(store.getState().graph)).toEqual(['hers', 'n1']);
    });

    it('merges again when somebody was first again, with what they have saved then as the base', async () => {
      const { call, edit } = open();
      edit();
      await jest.advanceTimersByTimeAsync(1000);
      await call(0).answer(theirs(12, 'hers'));
      await call(1).answer({
        kind: 'conflict',
        theirs: { revision: 13, author: 'Ben', graph: addStep(emptyGraph(), note('his'), { x: 0, y: 0 }).graph },
      });
      // Ben has removed what Anna had added.
      expect([call(2).base, nodesOf(call(2).graph)]).toEqual([13, ['his', 'n1']]);
    });

    it('stops where both changed the same, and keeps the edits until a person has decided', async () => {
      const { store, calls, call, browser, autosave, edit } = open();
      edit();
      await jest.advanceTimersByTimeAsync(1000);
      await call(0).answer(theirs(12, 'n1', 'hers'));
      edit();
      await autosave.flush();
      await jest.advanceTimersByTimeAsync(60_000);
      expect(calls).toHaveLength(1);
      expect(store.getState()).toMatchObject({
        saveStatus: 'conflict',
        revision: 7,
        dialog: { kind: 'conflict' },
        theirs: { revision: 12, author: 'Anna' },
      });
      autosave.stop();
      expect(nodesOf(keptDraft('w', browser)?.graph)).toEqual(['n1', 'n2']);
      expect(nodesOf(keptDraft('w', browser)?.base)).toEqual([]);
    });

    it('saves what a person has decided, with what was edited meanwhile', async () => {
      const { store, calls, call, autosave, edit } = open();
      edit();
      await jest.advanceTimersByTimeAsync(1000);
      const answer = theirs(12, 'n1', 'hers');
      await call(0).answer(answer);
      edit();
      if (answer.kind === 'conflict') takeIn(store, answer.theirs, { [JSON.stringify(['n1'])]: 'theirs' });
      void autosave.flush();
      await jest.advanceTimersByTimeAsync(0);
      expect(calls).toHaveLength(2);
      expect(call(1).base).toBe(12);
      expect(call(1).graph.nodes).toMatchObject({ n1: { text: 'hers' }, n2: {} });
    });
  });

  it('reads nothing from a browser that holds something else', () => {
    const browser = storage();
    for (const text of ['', '{', '{"graph":{}}', '{"graph":1,"revision":"x"}']) {
      browser.setItem('sagawright.draft.w', text);
      expect(keptDraft('w', browser)).toBeNull();
    }
  });
});
