/** One step as a card of fixed size (7.3). Takes its id alone and reads its slice, so one change renders one card. */
import {
  cardSize,
  edgesFrom,
  hasUndoCard,
  outputPoint,
  outputPorts,
  portLabel,
  UNDO_CARD,
} from '@sagawright/shared/graph';
import type { GraphNode, NodeId, NodeOf } from '@sagawright/shared/graph';
import { Handle, NodeToolbar, Position } from '@xyflow/react';
import { Lock, Plus, RotateCw, Timer, TriangleAlert, Undo2 } from 'lucide-react';
import { memo, useState } from 'react';
import type { CSSProperties, KeyboardEvent, ReactElement } from 'react';
import { formatDuration, Glyph, stepStateStyle } from '../ui/index.js';
import { useCanvas, useCanvasStore } from './canvas-store.js';
import type { StepFace } from './run-face.js';
import { StepIcon } from './StepIcon.js';
import { iconOf, operationIcon, silhouetteOf, subtitleOf } from './step-look.js';

export const StepCard = memo(function StepCard({ id }: { readonly id: NodeId }): ReactElement | null {
  const node = useCanvas((state) => state.graph.nodes[id]);
  const face = useCanvas((state) => state.faces?.[id]);
  const selected = useCanvas((state) => state.selected.includes(id));
  const alone = useCanvas((state) => state.selected.length === 1 && state.selected[0] === id);
  const problems = useCanvas((state) => state.problems[id]);
  const renaming = useCanvas((state) => state.renaming === id);
  const editing = useCanvas((state) => state.editing);
  const order = useCanvas((state) => state.undoView?.steps.find((step) => step.id === id)?.order);
  const lost = useCanvas((state) => state.undoView?.notUndone[id]);
  const failing = useCanvas((state) => state.undoView?.failing === id);
  const legal = useCanvas((state) =>
    state.drawing === null || state.editing === null
      ? undefined
      : state.editing.refusal(state.drawing.from, state.drawing.port, id) === null,
  );
  if (!node || node.kind === 'note') return null;

  const { width, height } = cardSize(node);
  const silhouette = silhouetteOf(node.kind);
  return (
    <div
      className="step-card"
      data-silhouette={silhouette}
      data-state={failing ? 'failed' : face?.state}
      data-passed-by={face?.passedBy || undefined}
      data-selected={selected || undefined}
      data-legal={legal}
      style={{ width, height }}
    >
      {silhouette === 'logic' && <Chamfer width={width} height={height} />}
      <span className="step-tile" data-round={silhouette === 'timer' || undefined}>
        <StepIcon icon={iconOf(node)} size={17} />
      </span>
      <span className="step-words">
        {renaming && editing ? (
          <TitleInput id={id} name={node.name} />
        ) : (
          <span className="step-title" title={node.name}>
            {node.name}
          </span>
        )}
        <span className="step-subtitle">{subtitleOf(node)}</span>
      </span>
      <span className="step-aside">
        {failing ? (
          <Glyph name="failed" tone="failed" />
        ) : (
          face &&
          face.state !== 'idle' && (
            <Glyph name={stepStateStyle[face.state].glyph} tone={stepStateStyle[face.state].tone} />
          )
        )}
        {face ? <Metric face={face} /> : <Badges node={node} lost={lost} />}
      </span>
      {node.kind === 'branch' && <Cases node={node} />}
      {problems && (
        <span className="step-problems" data-level={problems.errors > 0 ? 'error' : 'warning'}>
          <TriangleAlert size={11} strokeWidth={2.2} aria-hidden="true" />
          {problems.errors + problems.others}
        </span>
      )}
      {hasUndoCard(node) && (
        <UndoCard node={node as NodeOf<'action'>} face={face} order={order ?? face?.undo.order ?? null} />
      )}
      <Ports node={node} />
      {alone && editing && (
        <NodeToolbar isVisible position={Position.Top} offset={12} className="nodrag nopan">
          {editing.toolbar(node)}
        </NodeToolbar>
      )}
    </div>
  );
});

/** Logic steps have cut corners; borders cannot, so the outline is drawn. */
function Chamfer({ width, height }: { readonly width: number; readonly height: number }): ReactElement {
  const cut = 12;
  const d = `M${cut} .5H${width - cut}L${width - 0.5} ${cut}V${height - cut}L${width - cut} ${height - 0.5}H${cut}L.5 ${height - cut}V${cut}Z`;
  return (
    <svg className="step-outline" width={width} height={height} aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

function Cases({ node }: { readonly node: NodeOf<'branch'> }): ReactElement {
  return (
    <span className="step-cases">
      {node.cases.map((each, index) => (
        <span key={each.id} className="step-case" title={each.when}>
          <b>{index + 1}</b>
          <span>{each.label || each.when.replace(/^\s*\{\{|\}\}\s*$/g, '').trim() || 'no condition yet'}</span>
        </span>
      ))}
      <span className="step-case">
        <b aria-hidden="true">⟋</b>
        <span>else</span>
      </span>
    </span>
  );
}

/** What is set besides the defaults, in the place where a run shows its figures. */
function Badges({ node, lost }: { readonly node: GraphNode; readonly lost: string | undefined }): ReactElement | null {
  if (node.kind !== 'action') return null;
  return (
    <span className="step-badges">
      {lost !== undefined && <Lock size={12} aria-label={`Stays: ${lost}`} />}
      {node.retry && node.retry.maxAttempts > 1 && (
        <span title={`Up to ${node.retry.maxAttempts} attempts`}>
          <RotateCw size={11} aria-hidden="true" />
          {node.retry.maxAttempts}
        </span>
      )}
      {node.attemptTimeoutMs !== undefined && (
        <Timer size={12} aria-label={`Timeout ${formatDuration(node.attemptTimeoutMs)}`} />
      )}
      {node.undo?.kind === 'irreversible' && <Lock size={12} aria-label="Cannot be undone" />}
      {node.undo?.kind === 'pivot' && <span title="Pivot: nothing is undone after it">◆</span>}
    </span>
  );
}

/** Duration, attempt n/m or countdown, whichever is the news. */
function Metric({ face }: { readonly face: StepFace }): ReactElement | null {
  const counting = face.state === 'running' || face.state === 'retrying' || face.state === 'waiting';
  const now = useCanvas((state) => (counting ? state.now : 0));
  const tries = face.maxAttempts !== null && face.attempt > 1 ? `${face.attempt}/${face.maxAttempts}` : '';
  const parts: string[] = [];
  if ((face.state === 'retrying' || face.state === 'waiting') && face.wakeAt !== null) {
    parts.push(tries, `in ${formatDuration(Math.max(0, Math.ceil((face.wakeAt - now) / 1000) * 1000))}`);
  } else if (face.state === 'running' && face.startedAt !== null) {
    parts.push(tries, formatDuration(Math.max(0, now - face.startedAt)));
  } else if (face.startedAt !== null && face.settledAt !== null) {
    parts.push(tries, formatDuration(face.settledAt - face.startedAt));
  } else parts.push(tries);
  const text = parts.filter((part) => part !== '').join(' · ');
  return text === '' ? null : <span className="step-metric">{text}</span>;
}

/** The compensation, docked under its step (7.5): plum, dashed, backward sign, order. */
function UndoCard({
  node,
  face,
  order,
}: {
  readonly node: NodeOf<'action'>;
  readonly face: StepFace | undefined;
  readonly order: number | null;
}): ReactElement | null {
  const store = useCanvasStore();
  if (node.undo?.kind !== 'compensation') return null;
  const { width, height } = cardSize(node);
  const place: CSSProperties = {
    top: height + UNDO_CARD.gap - 1,
    left: (width - UNDO_CARD.width) / 2 - 1,
    width: UNDO_CARD.width,
    height: UNDO_CARD.height,
  };
  const state = face?.undo.state ?? 'none';
  const look = state === 'none' || state === 'ready' ? null : stepStateStyle[state];
  return (
    <span
      className="undo-card nodrag"
      data-state={state}
      style={place}
      onClick={(event) => {
        const { editing, select, open } = store.getState();
        if (!editing) return;
        event.stopPropagation();
        select([node.id]);
        open(node.id);
        editing.openUndo(node.id);
      }}
    >
      <span className="undo-tether" aria-hidden="true" />
      <span className="undo-tile">
        <Undo2 size={13} strokeWidth={2.2} aria-hidden="true" />
      </span>
      <span className="undo-title" title={node.undo.name}>
        {node.undo.name}
      </span>
      {look ? (
        <Glyph name={look.glyph} tone={look.tone} size={14} />
      ) : (
        <StepIcon icon={operationIcon(node.undo.connector, node.undo.operation)} size={14} className="undo-kind" />
      )}
      {order !== null && (
        <span className="undo-order" title={`Undone as number ${order}`}>
          {order}
        </span>
      )}
    </span>
  );
}

/** The circles that lines are drawn from and to, and a `+` stub on each way that leads nowhere yet (E5, E6). */
function Ports({ node }: { readonly node: GraphNode }): ReactElement {
  const free = useCanvas((state) =>
    outputPorts(node)
      .filter((port) => edgesFrom(state.graph, node.id, port).length === 0)
      .join(' '),
  ).split(' ');
  const editing = useCanvas((state) => state.editing);
  const hasInput = node.kind !== 'trigger.manual' && node.kind !== 'trigger.webhook';
  return (
    <>
      {hasInput && (
        <Handle type="target" id="in" position={Position.Left} style={{ top: 32 }} isConnectable={editing !== null} />
      )}
      {outputPorts(node).map((port) => {
        const { x, y } = outputPoint(node, port);
        const down = port === 'error';
        return (
          <Handle
            key={port}
            type="source"
            id={port}
            position={down ? Position.Bottom : Position.Right}
            style={down ? { left: x } : { top: y }}
            data-port={port}
            data-used={!free.includes(port) || undefined}
            isConnectable={editing !== null}
          />
        );
      })}
      {editing &&
        outputPorts(node)
          .filter((port) => free.includes(port) && port !== 'error')
          .map((port) => (
            <span
              key={port}
              className="stub"
              style={{ left: outputPoint(node, port).x + 5, top: outputPoint(node, port).y - 12 }}
            >
              <button
                type="button"
                tabIndex={-1}
                className="plus nodrag nopan"
                aria-label={`Add a step after ${node.name}${portLabel(node, port) ? `, ${portLabel(node, port)}` : ''}`}
                onClick={(event) => {
                  event.stopPropagation();
                  editing.requestStep({ kind: 'after', from: node.id, port });
                }}
              >
                <Plus size={13} aria-hidden="true" />
              </button>
            </span>
          ))}
    </>
  );
}

function TitleInput({ id, name }: { readonly id: NodeId; readonly name: string }): ReactElement {
  const store = useCanvasStore();
  const [text, setText] = useState(name);
  const [problem, setProblem] = useState<string | null>(null);
  const done = () => {
    store.setState({ renaming: null });
  };
  const commit = (): boolean => {
    const refused = text.trim() === name ? null : (store.getState().editing?.rename(id, text) ?? null);
    setProblem(refused);
    if (refused === null) done();
    return refused === null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    event.stopPropagation();
    if (event.key === 'Enter' && commit()) event.currentTarget.closest<HTMLElement>('.react-flow__node')?.focus();
    if (event.key === 'Escape') {
      event.currentTarget.closest<HTMLElement>('.react-flow__node')?.focus();
      done();
    }
  };
  return (
    <span className="nodrag nopan">
      <input
        className="step-rename"
        aria-label="Name of the step"
        aria-invalid={problem !== null}
        value={text}
        maxLength={80}
        autoFocus
        onFocus={(event) => {
          event.currentTarget.select();
        }}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onBlur={() => {
          if (!commit()) done();
        }}
        onKeyDown={onKeyDown}
      />
      {problem !== null && (
        <span role="alert" className="step-rename-problem">
          {problem}
        </span>
      )}
    </span>
  );
}
