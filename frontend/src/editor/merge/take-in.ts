/** Takes what somebody else saved into the open draft, as one edit that can be undone. */
import { compareGraphs, differences } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import type { EditorStore } from '../editor-store.js';
import { settle } from './settle.js';
import type { Choices } from './settle.js';

/** The draft that the server has, saved by somebody else after the one that this editor began with. */
export interface TheirDraft {
  readonly revision: number;
  readonly graph: Graph;
  readonly author: string;
}

/**
 * Merges and goes on from their revision; mine is not saved yet then.
 *
 * @param choices what a person has decided; absent = nobody was asked
 * @returns false when a person has to decide first: then nothing has changed, and the question is open
 */
export function takeIn(store: EditorStore, theirs: TheirDraft, choices?: Choices): boolean {
  const { graph, savedGraph, apply } = store.getState();
  const settled = settle({ base: savedGraph, mine: graph, theirs: theirs.graph }, choices);
  if (choices === undefined && settled.questions.length + settled.notices.length > 0) {
    store.setState({ saveStatus: 'conflict', theirs, dialog: { kind: 'conflict' } });
    return false;
  }
  const { added, changed } = compareGraphs(graph, settled.graph);
  store.setState({ savedGraph: theirs.graph, revision: theirs.revision, theirs: null, saveStatus: 'dirty' });
  apply({
    graph: settled.graph,
    label: `Merged with ${theirs.author}’s changes`,
    focus: [...added, ...changed.map(({ node }) => node)],
  });
  return true;
}

const NAMED = 3;

/** What they did, in a line: `Ship parcel: retry; Send mail`. */
export function takenWords(base: Graph, theirs: Graph): string {
  const all = differences(base, theirs).map(({ text, kind }) => (kind === 'removed' ? `${text} removed` : text));
  if (all.length === 0) return 'places on the canvas';
  const rest = all.length - NAMED;
  return [...all.slice(0, NAMED), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}
