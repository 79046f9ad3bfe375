/** How the step is undone (S2, E77): the connector's declared inverse first, any other operation, or why there is none. */
import { EVENTS_CONNECTOR, PUBLISH_OPERATION } from '@sagawright/shared/connector';
import { setField, setUndo } from '@sagawright/shared/graph';
import type { GraphNode, NodeOf, Undo } from '@sagawright/shared/graph';
import { Undo2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { allConnectors, operationOf } from '../../canvas/index.js';
import { Button, Field, Input, Select, Textarea } from '../../ui/index.js';
import { useEditor } from '../editor-store.js';
import { FixButton } from './FixButton.js';
import { RetryFields } from './RetryFields.js';
import { SpanField } from './SpanField.js';
import { useStepForm } from './step-form.js';
import { OperationForm } from '../OperationForm.js';

type Undoable = NodeOf<'action' | 'call' | 'emit' | 'scope'>;

export function isUndoable(node: GraphNode): node is Undoable {
  return node.kind === 'action' || node.kind === 'call' || node.kind === 'emit' || node.kind === 'scope';
}

/** What holds when nothing is said. */
const UNSAID: Readonly<Record<Undoable['kind'], { readonly label: string; readonly description?: string }>> = {
  action: { label: 'Not decided yet' },
  call: { label: 'Undo the sub-workflow', description: 'By its own undo, when it is waited for' },
  emit: { label: 'Not decided yet', description: 'What was told stays told; an undo can publish that it is off' },
  scope: { label: 'Undo the steps inside', description: 'Each by its own undo' },
};

const CHOICES = [
  { value: 'compensation', label: 'Undo by an operation' },
  { value: 'not-needed', label: 'No undo needed', description: 'With a reason, kept for later readers' },
  { value: 'irreversible', label: 'Cannot be undone' },
  { value: 'pivot', label: 'Pivot', description: 'Once done, the run only goes forward' },
] as const;

const ANY_REQUEST = { connector: 'http', operation: 'request', input: { method: 'POST' } } as const;

/** Another event with the same subject, whose type says that the first one is off. */
function takenBack({ event }: NodeOf<'emit'>) {
  const input = { type: `${event.type}.cancelled`, subject: '{{ step.input.subject }}', data: '{{ step.input.data }}' };
  return { connector: EVENTS_CONNECTOR, operation: PUBLISH_OPERATION, input };
}

export function UndoSection({ node }: { readonly node: Undoable }): ReactElement {
  const form = useStepForm();
  const problem = (field: string) => form.problemAt(field.split('.'))?.message ?? null;
  const apply = useEditor((state) => state.apply);
  const seal = useEditor((state) => state.seal);
  const graph = useEditor((state) => state.graph);
  const connector = node.kind === 'action' ? node.connector : null;
  const declared = node.kind === 'action' ? operationOf(node.connector, node.operation)?.undo : undefined;
  const undo = node.undo;
  const set = (next: Undo | undefined) => apply(setUndo(graph, node.id, next));
  const takeDeclared = () => declared && connector !== null && set({ kind: 'compensation', connector, ...declared });
  const isDeclared =
    undo?.kind === 'compensation' && undo.connector === connector && undo.operation === declared?.operation;

  const isOwn = (chosen: string, operation: string) => chosen === connector && operation === declared?.operation;

  return (
    <section
      id="undo-section"
      aria-labelledby="undo-title"
      className="undo-section flex flex-col gap-3 border-t border-border pt-4"
    >
      <h3 id="undo-title" className="flex items-center gap-2 text-13 font-semibold text-undo-text">
        <Undo2 size={15} aria-hidden="true" /> Undo
      </h3>
      {declared && !isDeclared && (
        <Button onClick={takeDeclared} className="justify-start">
          <Undo2 size={14} aria-hidden="true" /> Use “{declared.name}”, the connector’s own undo
        </Button>
      )}
      <Field
        label="If a later step fails"
        error={problem('undo')}
        action={<FixButton problem={form.problemAt(['undo'])} />}
      >
        <Select
          value={undo?.kind ?? 'undeclared'}
          options={[{ value: 'undeclared', ...UNSAID[node.kind] }, ...CHOICES]}
          onChange={(kind) => {
            if (kind === 'undeclared') set(undefined);
            else if (kind === 'not-needed') set({ kind, reason: 'Changes nothing that has to be taken back.' });
            else if (kind === 'irreversible' || kind === 'pivot') set({ kind });
            else if (!takeDeclared())
              set({
                kind,
                name: `Undo ${node.name}`.slice(0, 80),
                ...(node.kind === 'emit' ? takenBack(node) : ANY_REQUEST),
              });
          }}
        />
      </Field>
      {undo?.kind === 'not-needed' && (
        <Field label="Why" required>
          <Textarea
            value={undo.reason}
            onBlur={seal}
            onChange={(event) => apply(setField(graph, node.id, ['undo', 'reason'], event.target.value || ' '))}
          />
        </Field>
      )}
      {undo?.kind === 'compensation' && (
        <>
          <Field label="Operation">
            <Select
              value={`${undo.connector}/${undo.operation}`}
              options={allConnectors().flatMap((connector) =>
                Object.entries(connector.operations).map(([operation, manifest]) => ({
                  value: `${connector.id}/${operation}`,
                  label: `${connector.name} · ${manifest.title}`,
                })),
              )}
              onChange={(chosen) => {
                const [connector = '', operation = ''] = chosen.split('/');
                if (isOwn(connector, operation)) takeDeclared();
                else
                  set({
                    kind: 'compensation',
                    connector,
                    operation,
                    name: operationOf(connector, operation)?.title ?? operation,
                    input: {},
                  });
              }}
            />
          </Field>
          <Field label="Name on the canvas">
            <Input
              value={undo.name}
              maxLength={80}
              onBlur={seal}
              onChange={(event) =>
                event.target.value !== '' && apply(setField(graph, node.id, ['undo', 'name'], event.target.value))
              }
            />
          </Field>
          <OperationForm
            key={`${undo.connector}/${undo.operation}`}
            schema={
              operationOf(undo.connector, undo.operation)?.input ?? { type: 'object', properties: {}, required: [] }
            }
            value={undo.input}
            data={form.undoData}
            problem={(field) => problem(`undo.input.${field}`)}
            onLeave={seal}
            onChange={(field, value) => apply(setField(graph, node.id, ['undo', 'input', field], value))}
          />
          <RetryFields
            value={undo.retry}
            error={problem('undo.retry')}
            onChange={(retry) => apply(setField(graph, node.id, ['undo', 'retry'], retry))}
          />
          <SpanField
            label="Attempt timeout"
            help="Of one attempt to undo. Empty: 30 seconds."
            value={undo.attemptTimeoutMs}
            min={1}
            max={86_400_000}
            optional
            error={problem('undo.attemptTimeoutMs')}
            onLeave={seal}
            onChange={(ms) => apply(setField(graph, node.id, ['undo', 'attemptTimeoutMs'], ms))}
          />
        </>
      )}
    </section>
  );
}
