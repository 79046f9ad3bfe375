import type { ReactElement, ReactNode } from 'react';
import { Field, Input, Textarea } from '../../ui/index.js';
import { CONTENT_HELP, CONTENT_HINT } from '../content-filter.js';
import type { Faults, Typed } from './settings.js';

const FIELDS: readonly {
  readonly name: keyof Typed;
  readonly label: string;
  readonly help: ReactNode;
  readonly hint?: string;
  readonly required?: boolean;
  readonly rows?: number;
}[] = [
  { name: 'name', label: 'Name', help: 'Say who listens: “billing service”.', required: true },
  {
    name: 'url',
    label: 'Address',
    help: 'https, and open to the internet, unless your installation allows the host by name.',
    hint: 'https://',
    required: true,
  },
  {
    name: 'types',
    label: 'Types of events',
    help: 'Separated by commas; order.* takes all that begin with order., and * takes every event.',
    required: true,
  },
  {
    name: 'filter',
    label: 'Content filter',
    help: CONTENT_HELP,
    hint: CONTENT_HINT,
    rows: 3,
  },
  {
    name: 'headers',
    label: 'Headers',
    help: 'Sent along, one a line. No secrets: the signature proves who sends.',
    hint: 'X-Team: payments',
    rows: 2,
  },
  { name: 'perSecond', label: 'Deliveries a second, at most', help: 'Empty = as many as there are.' },
];

export interface EndpointFieldsProps {
  readonly typed: Typed;
  readonly faults: Faults;
  readonly onChange: (typed: Typed) => void;
}

/** All that is said of an endpoint. */
export function EndpointFields({ typed, faults, onChange }: EndpointFieldsProps): ReactElement {
  return (
    <>
      {FIELDS.map(({ name, label, help, hint, required = false, rows }) => {
        const control = {
          placeholder: hint,
          value: typed[name],
          onChange: ({ target }: { readonly target: { readonly value: string } }) => {
            onChange({ ...typed, [name]: target.value });
          },
        };
        return (
          <Field key={name} label={label} help={help} required={required} error={faults[name]}>
            {rows === undefined ? (
              <Input {...control} inputMode={name === 'perSecond' ? 'decimal' : undefined} />
            ) : (
              <Textarea {...control} rows={rows} spellCheck={false} className="font-mono text-12" />
            )}
          </Field>
        );
      })}
    </>
  );
}
