/** What fields a node of each kind and the workflow itself have and what fits into them, read from the document's schema, so that forms follow it. */
import { eventFilterSchema } from '@sagawright/shared/event';
import { graphSchema, nodeSchema } from '@sagawright/shared/graph';
import type { NodeKind } from '@sagawright/shared/graph';
import { jsonObjectSchema, jsonSchema } from '@sagawright/shared/kernel';
import { z } from 'zod';

export type Shape =
  | { readonly kind: 'text'; readonly min: number; readonly max: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly whole: boolean }
  /** Milliseconds. */
  | { readonly kind: 'span'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'yes-no' }
  | { readonly kind: 'json' }
  | { readonly kind: 'object'; readonly fields: readonly FieldShape[] }
  /** One of several objects, told apart by their `kind`. */
  | { readonly kind: 'union'; readonly options: Readonly<Record<string, readonly FieldShape[]>> }
  | { readonly kind: 'list'; readonly item: FieldShape; readonly min: number; readonly max: number };

export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  /** May be left out. */
  readonly optional: boolean;
  /** What stands for a field that is left out; undefined when nothing does. */
  readonly fallback: unknown;
}

/** Of every node, told by the drawing or by fields of their own. */
const COMMON: ReadonlySet<string> = new Set(['id', 'name', 'position', 'parent', 'note']);

const SHAPES = new Map<NodeKind, readonly FieldShape[]>(
  nodeSchema.options.map((option) => [
    option.shape.kind.value,
    fieldsOf(option.shape).filter((field) => !COMMON.has(field.name)),
  ]),
);

/** The fields of a kind in the schema's order, without those that every node has. */
export function fieldsOfKind(kind: NodeKind): readonly FieldShape[] {
  return SHAPES.get(kind) ?? [];
}

/** The settings of the workflow, in the schema's order. */
export const SETTINGS_FIELDS: readonly FieldShape[] = fieldsOf(graphSchema.shape.settings.shape);

function fieldsOf(shape: Readonly<Record<string, unknown>>): FieldShape[] {
  // `kind` says which of several shapes it is; it is chosen, not filled in.
  return Object.entries(shape).flatMap(([name, schema]) => (name === 'kind' ? [] : [fieldOf(name, schema)]));
}

function fieldOf(name: string, schema: unknown): FieldShape {
  if (schema instanceof z.ZodOptional) return { ...fieldOf(name, schema.def.innerType), optional: true };
  if (schema instanceof z.ZodDefault) {
    return { ...fieldOf(name, schema.def.innerType), fallback: schema.def.defaultValue };
  }
  return { name, shape: shapeOf(name, schema), optional: false, fallback: undefined };
}

function shapeOf(name: string, schema: unknown): Shape {
  if (schema === jsonSchema || schema === jsonObjectSchema || schema === eventFilterSchema) return { kind: 'json' };
  if (schema instanceof z.ZodRecord) return { kind: 'json' };
  if (schema instanceof z.ZodString)
    return { kind: 'text', min: schema.minLength ?? 0, max: schema.maxLength ?? Infinity };
  if (schema instanceof z.ZodNumber) {
    const [min, max] = [schema.minValue ?? -Infinity, schema.maxValue ?? Infinity];
    return name.endsWith('Ms') ? { kind: 'span', min, max } : { kind: 'number', min, max, whole: schema.isInt };
  }
  if (schema instanceof z.ZodEnum) return { kind: 'choice', values: schema.options.map(String) };
  if (schema instanceof z.ZodBoolean) return { kind: 'yes-no' };
  if (schema instanceof z.ZodArray) {
    const item = fieldOf(name, schema.element);
    return { kind: 'list', item, ...bounds(schema) };
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const options = schema.options.flatMap((option: unknown) => (option instanceof z.ZodObject ? [option.shape] : []));
    return {
      kind: 'union',
      options: Object.fromEntries(options.map((shape) => [tagOf(shape), fieldsOf(shape)])),
    };
  }
  if (schema instanceof z.ZodObject) return { kind: 'object', fields: fieldsOf(schema.shape) };
  throw new Error(`The editor has no form for the field ${name}; teach it the field's type in field-shape.ts.`);
}

function tagOf(shape: Readonly<Record<string, unknown>>): string {
  return shape['kind'] instanceof z.ZodLiteral ? String(shape['kind'].value) : '';
}

function bounds(schema: z.ZodArray): { min: number; max: number } {
  const { minItems, maxItems } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  return { min: minItems ?? 0, max: maxItems ?? Infinity };
}
