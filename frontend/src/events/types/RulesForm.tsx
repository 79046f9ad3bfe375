import { useState } from 'react';
import type { ReactElement } from 'react';
import type { EventTypeView } from '@sagawright/shared/contracts';
import { client, useAction } from '../../api/index.js';
import { Button, Field, Select, useToasts } from '../../ui/index.js';
import { ProblemNote } from '../../forms/ProblemNote.js';
import { typeKeys } from './queries.js';
import { ACCEPTS, COMPATIBILITY, POLICY } from './words.js';

/** What new versions must be, and what becomes of events that fit none. */
export function RulesForm({ subject }: { readonly subject: EventTypeView }): ReactElement {
  const toasts = useToasts();
  const [compatibility, setCompatibility] = useState(subject.compatibility);
  const [policy, setPolicy] = useState(subject.policy);
  const [accepts, setAccepts] = useState(subject.accepts);
  const save = useAction({
    run: () => client.putEventType({ params: { type: subject.type }, body: { compatibility, policy, accepts } }),
    invalidates: [typeKeys.all],
    toastProblem: false,
    onDone: () => {
      toasts.show({ tone: 'done', title: 'The rules are in force' });
    },
  });
  const changed = compatibility !== subject.compatibility || policy !== subject.policy || accepts !== subject.accepts;
  return (
    <div className="flex flex-col gap-3">
      <ProblemNote error={save.error} />
      <Field label="Events that fit no version">
        <Select value={policy} options={POLICY} onChange={setPolicy} />
      </Field>
      <Field label="Events are taken">
        <Select value={accepts} options={ACCEPTS} onChange={setAccepts} />
      </Field>
      <Field label="A new version">
        <Select value={compatibility} options={COMPATIBILITY} onChange={setCompatibility} />
      </Field>
      {changed && (
        <div>
          <Button variant="primary" size="compact" busy={save.isPending} onClick={() => save.mutate(undefined)}>
            Save rules
          </Button>
        </div>
      )}
    </div>
  );
}
