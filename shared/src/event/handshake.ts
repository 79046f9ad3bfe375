/** How a provider makes sure of an address before it sends, or while it does, as data. `answer.ts` answers. */
import { z } from 'zod';
import { pinSchema } from './pinned.js';
import { conditionSchema, headerNameSchema, sourceSchema } from './source.js';

const valueSchema = z.discriminatedUnion('value', [
  z.strictObject({ value: z.literal('constant'), text: z.string() }),
  z.strictObject({ value: z.literal('number'), number: z.int() }),
  /** Repeats a text of the request. */
  z.strictObject({ value: z.literal('echo'), at: sourceSchema }),
  /** The keyed hash of a text of the request, by the signing secret. */
  z.strictObject({ value: z.literal('hmac-sha256'), at: sourceSchema, encoding: z.enum(['hex', 'base64']) }),
]);
export type HandshakeValue = z.infer<typeof valueSchema>;

const replySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), value: valueSchema }),
  z.strictObject({ kind: z.literal('json'), fields: z.record(z.string(), valueSchema) }),
  z.strictObject({
    kind: z.literal('headers'),
    status: z.union([z.literal(200), z.literal(204)]),
    headers: z.record(headerNameSchema, valueSchema),
  }),
  /** The address is confirmed by a GET of a URL that the request names, at the provider's hosts only. */
  z.strictObject({ kind: z.literal('confirm'), url: sourceSchema, pin: pinSchema }),
  /** The provider made the secret and hands it over; it is kept, or shown to the person who set the webhook up. */
  z.strictObject({ kind: z.literal('capture'), secret: sourceSchema, echoHeader: headerNameSchema.nullable() }),
]);

export const handshakeSchema = z.strictObject({
  name: z.string().min(1).max(60),
  when: z.array(conditionSchema).min(1).max(10),
  proof: z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('signature') }),
    /** A word that was given to the provider before; one of the secrets whose use is `handshake`. */
    z.strictObject({ by: z.literal('verify-token'), at: sourceSchema }),
    /** Nothing is proved and nothing is told but what was asked. */
    z.strictObject({ by: z.literal('nothing') }),
  ]),
  reply: replySchema,
});
