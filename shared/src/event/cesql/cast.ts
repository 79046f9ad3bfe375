import type { CesqlType, CesqlValue } from './syntax.js';
import { isInteger32 } from './syntax.js';

export function typeOf(value: CesqlValue): CesqlType {
  return typeof value === 'number' ? 'integer' : typeof value === 'boolean' ? 'boolean' : 'string';
}

export const ZERO = { integer: 0, boolean: false, string: '' } as const satisfies Record<CesqlType, CesqlValue>;

export interface ValueOf {
  readonly integer: number;
  readonly boolean: boolean;
  readonly string: string;
}

/** Section 3.7. @returns null when the value has no counterpart in the type */
export function cast<Type extends CesqlType>(value: CesqlValue, type: Type): ValueOf[Type] | null {
  const casts: { readonly [T in CesqlType]: (value: CesqlValue) => ValueOf[T] | null } = {
    integer: toInteger,
    boolean: toBoolean,
    string: String,
  };
  return casts[type](value);
}

function toInteger(value: CesqlValue): number | null {
  if (typeof value !== 'string') return Number(value);
  if (!/^[+-]?[0-9]+$/.test(value) || !isInteger32(Number(value))) return null;
  return Number(value) || 0;
}

function toBoolean(value: CesqlValue): boolean | null {
  if (typeof value !== 'string') return Boolean(value);
  const lower = value.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : null;
}
