/** The form of one connector operation, generated from its input schema (E57). */
import type { FormSchema } from '@sagawright/shared/connector';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import type { ReactElement } from 'react';
import { Field, Select } from '../ui/index.js';
import { JsonField } from './JsonField.js';
import type { FieldData } from './field-data.js';
import { TemplateField } from './TemplateField.js';

export interface OperationFormProps {
  readonly schema: FormSchema;
  readonly value: JsonObject;
  readonly onChange: (field: string, value: Json | undefined) => void;
  readonly onLeave: () => void;
  readonly data: FieldData;
  readonly problem: (field: string) => string | null;
}

export function OperationForm({ schema, value, onChange, onLeave, data, problem }: OperationFormProps): ReactElement {
  return (
    <>
      {Object.entries(schema.properties).map(([name, property]) => {
        const common = {
          label: property.title,
          help: property.description,
          required: schema.required.includes(name),
          error: problem(name),
        };
        const now = value[name];
        if (property.enum && (now === undefined || (typeof now === 'string' && property.enum.includes(now)))) {
          return (
            <Field key={name} {...common}>
              <Select
                value={typeof now === 'string' ? now : ''}
                options={property.enum.map((each) => ({ value: each, label: each }))}
                onChange={(next) => {
                  onChange(name, next);
                }}
              />
            </Field>
          );
        }
        if (property.type === 'boolean' && typeof now !== 'string') {
          return (
            <Field key={name} {...common}>
              <Select
                value={now === true ? 'true' : now === false ? 'false' : ''}
                options={[
                  { value: 'true', label: 'Yes' },
                  { value: 'false', label: 'No' },
                ]}
                onChange={(next) => {
                  onChange(name, next === 'true');
                }}
              />
            </Field>
          );
        }
        if (
          property.type === 'object' ||
          property.type === 'array' ||
          property.type === 'any' ||
          (typeof now === 'object' && now !== null)
        ) {
          return (
            <JsonField
              key={name}
              {...common}
              value={now}
              data={data}
              onLeave={onLeave}
              onChange={(next) => {
                onChange(name, next);
              }}
            />
          );
        }
        const numeric = property.type === 'number' || property.type === 'integer';
        const example = property.examples?.[0];
        return (
          <Field key={name} {...common}>
            <TemplateField
              label={property.title}
              mode={property.format === 'multiline' ? 'text' : 'line'}
              value={now === undefined || now === null ? '' : String(now)}
              placeholder={example === undefined ? '' : String(example)}
              data={data}
              onLeave={onLeave}
              onChange={(next) => {
                if (next === '') onChange(name, undefined);
                else if (numeric && /^-?\d+(\.\d+)?$/.test(next)) onChange(name, Number(next));
                else onChange(name, next);
              }}
            />
          </Field>
        );
      })}
    </>
  );
}
