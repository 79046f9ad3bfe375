/** A step in a few words, for a screen that is too small to edit on (E42). */
import { isHolder, nodesInside, plainPorts, portLabel } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import { Undo2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { isHandled, kindWord, subtitleOf } from '../canvas/index.js';
import { useEditor } from './editor-store.js';

export function StepSummary({ node }: { readonly node: GraphNode }): ReactElement {
  const diagnostics = useEditor((each) => each.diagnostics).filter((each) => each.node === node.id);
  const graph = useEditor((each) => each.graph);
  const undo = 'undo' in node ? node.undo : undefined;
  const retry = 'retry' in node ? node.retry : undefined;
  const ways = plainPorts(node).map((port) => portLabel(node, port));
  return (
    <div className="flex flex-col gap-2 p-4 text-13">
      <p>{kindWord(node.kind)}</p>
      <p className="text-muted">{subtitleOf(node, isHandled(graph, node.id))}</p>
      {node.kind === 'note' && <p>{node.text}</p>}
      {node.note !== undefined && <p>{node.note}</p>}
      {ways.length > 1 && <p>Ways on: {ways.filter((way) => way !== '').join(', ')}</p>}
      {isHolder(node) && <p>Holds {nodesInside(graph, node.id).length} steps</p>}
      {undo?.kind === 'compensation' && (
        <p className="flex items-center gap-1.5 text-undo-text">
          <Undo2 size={14} aria-hidden="true" /> Undone by {undo.name}
        </p>
      )}
      {retry && <p>Up to {retry.maxAttempts} attempts</p>}
      {diagnostics.map((each) => (
        <p key={each.message} className={each.level === 'error' ? 'problem-box' : 'problem-box problem-box-warning'}>
          {each.message}
        </p>
      ))}
    </div>
  );
}
