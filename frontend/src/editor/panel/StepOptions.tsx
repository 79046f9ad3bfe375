/** What most kinds have in common: what a failure does, how long it may take, when it is passed over, and its limits. */
import type { NodeKind } from '@sagawright/shared/graph';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { FieldShape } from './field-shape.js';
import { fieldsOfKind } from './field-shape.js';
import { SchemaField } from './SchemaField.js';
import { useStepForm } from './step-form.js';

const FAILURE = ['onFailure', 'retry', 'attemptTimeoutMs', 'totalTimeoutMs', 'timeoutMs', 'onTimeout'];
const MORE = ['skipWhen', 'idempotencyKey', 'concurrency', 'rate', 'effect', 'size'];

/** Code always has a timeout, which belongs to the code. */
const isOption = (kind: NodeKind, name: string) =>
  FAILURE.includes(name) ? !(kind === 'code' && name === 'timeoutMs') : MORE.includes(name);

/** What makes the kind what it is. */
export function ownFields(kind: NodeKind): readonly FieldShape[] {
  return fieldsOfKind(kind).filter(({ name }) => !isOption(kind, name) && name !== 'undo');
}

export function StepOptions(): ReactElement {
  const { node, problems } = useStepForm();
  const options = fieldsOfKind(node.kind).filter(({ name }) => isOption(node.kind, name));
  const pick = (names: readonly string[]) =>
    names.flatMap((name) => options.find((field) => field.name === name) ?? []);
  const failure = pick(FAILURE);
  const more = pick(MORE);
  const wrong = problems.some(({ field }) => more.some(({ name }) => field === name || field?.startsWith(`${name}.`)));
  return (
    <>
      {failure.length > 0 && (
        <section aria-label="When it fails" className="flex flex-col gap-3 border-t border-border pt-4">
          <h3 className="text-13 font-semibold">When it fails</h3>
          {failure.map((field) => (
            <SchemaField key={field.name} field={field} path={[field.name]} />
          ))}
        </section>
      )}
      {more.length > 0 && <MoreOptions key={String(wrong)} fields={more} open={wrong} />}
    </>
  );
}

/** Folded away until it is wanted, unless something in it is wrong or set. */
function MoreOptions({
  fields,
  open,
}: {
  readonly fields: readonly FieldShape[];
  readonly open: boolean;
}): ReactElement {
  const form = useStepForm();
  const set = fields.some(({ name, optional }) => optional && form.get([name]) !== undefined);
  const [shown, setShown] = useState(open || set);
  return (
    <section aria-label="More options" className="flex flex-col gap-3 border-t border-border pt-4">
      <button
        type="button"
        aria-expanded={shown}
        className="flex items-center gap-1 text-left text-13 font-semibold"
        onClick={() => {
          setShown(!shown);
        }}
      >
        <ChevronRight size={14} aria-hidden="true" className={shown ? 'rotate-90' : ''} />
        More options
      </button>
      {shown && fields.map((field) => <SchemaField key={field.name} field={field} path={[field.name]} />)}
    </section>
  );
}
