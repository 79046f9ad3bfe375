import { createContext, useContext } from 'react';

export interface FieldControl {
  readonly id: string;
  readonly 'aria-describedby'?: string | undefined;
  readonly 'aria-invalid'?: true | undefined;
  readonly 'aria-required'?: true | undefined;
}

export const FieldContext = createContext<FieldControl | null>(null);

/** The attributes that tie a control to the label, help and error of the `Field` around it; empty outside one. */
export function useFieldControl(): Partial<FieldControl> {
  return useContext(FieldContext) ?? {};
}
