/** Which events are meant: a content pattern over the whole event, or a CESQL expression over its attributes. */
import type { FieldPath } from '@sagawright/shared/graph';
import type { Json } from '@sagawright/shared/kernel';
import type { ReactElement } from 'react';
import { Field, Select, Textarea } from '../../ui/index.js';
import { JsonField } from '../JsonField.js';
import { FixButton } from './FixButton.js';
import { useStepForm, useWords } from './step-form.js';

const LANGUAGES = [
  { value: 'none', label: 'None: every event of the type' },
  { value: 'pattern', label: 'Content pattern', description: 'Looks at the whole event, data included' },
  { value: 'cesql', label: 'CESQL', description: 'An expression over the attributes of CloudEvents' },
];
const STARTS = { none: undefined, pattern: {}, cesql: "source = '/shop'" } as const;
const CESQL_HELP =
  "True lets an event pass, an error does not. Knows source, type, subject, id, time and extensions, not the data: source LIKE '/shop%' AND EXISTS subject.";

export function FilterField({ path }: { readonly path: FieldPath }): ReactElement {
  const form = useStepForm();
  const words = useWords(path);
  const value = form.get(path);
  const problem = form.problemAt(path);
  const language = value === undefined ? 'none' : typeof value === 'string' ? 'cesql' : 'pattern';
  const below = {
    label: language === 'cesql' ? 'Expression' : 'Pattern',
    error: problem?.message ?? null,
    action: <FixButton problem={problem} />,
  };
  return (
    <>
      <Field label={words.label}>
        <Select
          value={language}
          options={LANGUAGES}
          onChange={(next) => {
            if (next !== language) form.set(path, STARTS[next as keyof typeof STARTS]);
          }}
        />
      </Field>
      {language === 'pattern' && (
        <JsonField
          {...below}
          help={words.help}
          value={value as Json | undefined}
          onLeave={form.seal}
          onChange={(next) => form.set(path, next)}
        />
      )}
      {language === 'cesql' && (
        <Field {...below} help={CESQL_HELP}>
          <Textarea
            className="font-mono"
            spellCheck={false}
            rows={3}
            value={typeof value === 'string' ? value : ''}
            onBlur={form.seal}
            onChange={(event) => {
              // An empty text is no expression; the language stays chosen while it is being written.
              form.set(path, event.target.value === '' ? ' ' : event.target.value);
            }}
          />
        </Field>
      )}
    </>
  );
}
