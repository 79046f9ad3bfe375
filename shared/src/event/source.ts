/** Where in a request a text stands, as data: a header, a query parameter, a field of the body, of the signature, of a token. */
import { z } from 'zod';

export const headerNameSchema = z.string().regex(/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'a header name in lower case');
const fieldName = z.string().min(1).max(200);
/** Names of members and positions in lists. */
export const jsonPathSchema = z.array(z.union([fieldName, z.int().min(0).max(1000)])).max(20);

export const sourceSchema = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('header'), name: headerNameSchema }),
  z.strictObject({ from: z.literal('query'), name: fieldName }),
  /** A field of a body of application/x-www-form-urlencoded. */
  z.strictObject({ from: z.literal('form'), name: fieldName }),
  /** A text, whole number or truth value inside a JSON body. */
  z.strictObject({ from: z.literal('json'), path: jsonPathSchema }),
  /** A named field of the signature header: the `t` of `t=…,v1=…`. */
  z.strictObject({ from: z.literal('signature-field'), name: fieldName }),
  /** A claim of the token. */
  z.strictObject({ from: z.literal('claim'), name: fieldName }),
  /** What follows `Bearer ` in the header Authorization. */
  z.strictObject({ from: z.literal('bearer') }),
  /** `user:password` out of the header Authorization. */
  z.strictObject({ from: z.literal('basic') }),
  /** A segment of the URL's path, counted from its end: 0 is the last. */
  z.strictObject({ from: z.literal('path-segment'), fromEnd: z.int().min(0).max(20) }),
  /** The whole body, for providers whose body is a token. */
  z.strictObject({ from: z.literal('body') }),
]);
export type Source = z.infer<typeof sourceSchema>;

/** What must be so of a request. */
export const conditionSchema = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('present'), at: sourceSchema }),
  z.strictObject({ is: z.literal('absent'), at: sourceSchema }),
  z.strictObject({ is: z.literal('equal'), at: sourceSchema, to: z.string() }),
  z.strictObject({ is: z.literal('method'), method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']) }),
]);
export type Condition = z.infer<typeof conditionSchema>;

/** For messages: `header:x-signature`, `json:event.id`. */
export function nameOf(source: Source): string {
  switch (source.from) {
    case 'json':
      return `json:${source.path.join('.')}`;
    case 'path-segment':
      return `path:${source.fromEnd}`;
    case 'bearer':
    case 'basic':
    case 'body':
      return source.from;
    default:
      return `${source.from}:${source.name}`;
  }
}
