/** What a part of a form begins with when it is switched on, chosen or added: something that the document takes at once. */
import type { FieldShape } from './field-shape.js';

/** By name, where the plainest value would say little. */
const STARTS: Readonly<Record<string, unknown>> = {
  type: '*',
  expression: '0 9 * * 1-5',
  timeZone: 'UTC',
  everyMs: 3_600_000,
  durationMs: 60_000,
  reminderMs: 86_400_000,
  afterMs: 86_400_000,
  perMs: 1000,
  n: 2,
  limit: 5,
  path: 'subject',
  by: 'subject',
  instant: '{{ trigger.time }}',
  width: 560,
  height: 240,
  maxAttempts: 3,
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
};

/**
 * @param tag the alternative of a union; null takes the first
 * @param newId for items that lines hang on
 */
export function startOf(field: FieldShape, tag: string | null, newId: () => string): unknown {
  if (field.name === 'id') return newId();
  if (Object.hasOwn(STARTS, field.name) && isSimple(field)) return STARTS[field.name];
  if (field.fallback !== undefined) return field.fallback;
  const { shape } = field;
  switch (shape.kind) {
    case 'text':
      return shape.min > 0 ? field.name : '';
    case 'number':
    case 'span':
      return Math.max(1, shape.min);
    case 'choice':
      return shape.values[0];
    case 'yes-no':
      return false;
    case 'json':
      return {};
    case 'list':
      return shape.min > 0 ? [startOf(shape.item, null, newId)] : [];
    case 'object':
      return filled(shape.fields, newId);
    case 'union': {
      const kind = tag ?? Object.keys(shape.options)[0] ?? '';
      return { kind, ...filled(shape.options[kind] ?? [], newId) };
    }
  }
}

const isSimple = ({ shape }: FieldShape) => shape.kind === 'text' || shape.kind === 'number' || shape.kind === 'span';

function filled(fields: readonly FieldShape[], newId: () => string): object {
  const needed = fields.filter((field) => !field.optional);
  return Object.fromEntries(needed.map((field) => [field.name, startOf(field, null, newId)]));
}
