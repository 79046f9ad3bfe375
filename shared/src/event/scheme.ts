/**
 * How a sender proves that a request is its own, as data.
 *
 * One kind today: a keyed hash (HMAC) over the raw body alone or over a template of signed parts. Further kinds (public
 * keys, tokens, shared secrets, hashes over form fields) become further members of the union; the engine switches over it.
 */
import { z } from 'zod';

const headerName = z.string().regex(/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'a header name in lower case');

/** Where the signatures stand in their header. */
const signatureFormatSchema = z.discriminatedUnion('kind', [
  /** One signature after a fixed prefix: `sha256=…`, `v0=…`. */
  z.object({ kind: z.literal('plain'), prefix: z.string().default('') }),
  /** Several, each with its version: `v1,… v1,…`. Other versions are passed over. */
  z.object({
    kind: z.literal('list'),
    separator: z.string().min(1),
    version: z.string().min(1),
    versionSeparator: z.string().min(1),
  }),
  /** Named fields, the signature's name possibly several times: `t=…,v1=…`. Other fields are passed over. */
  z.object({
    kind: z.literal('fields'),
    separator: z.string().min(1),
    assign: z.string().min(1),
    field: z.string().min(1),
  }),
]);

const signedPartSchema = z.discriminatedUnion('from', [
  z.object({ from: z.literal('body') }),
  z.object({ from: z.literal('id') }),
  z.object({ from: z.literal('timestamp') }),
  z.object({ from: z.literal('constant'), text: z.string().min(1) }),
]);

const hmacSchemeSchema = z
  .object({
    kind: z.literal('hmac'),
    name: z.string().min(1),
    algorithm: z.enum(['sha1', 'sha256', 'sha512']),
    /** How the signature is written; hex is lower case. */
    encoding: z.enum(['hex', 'base64']),
    /** How the configured secret becomes the key; an optional prefix is cut off first. */
    secret: z.object({ prefix: z.string().default(''), encoding: z.enum(['utf8', 'base64']) }),
    signature: z.object({ header: headerName, format: signatureFormatSchema }),
    /** What is signed, in order. The raw body is always part of it. */
    content: z.array(signedPartSchema).min(1),
    /** When it was signed, and how far from now that may be, in either direction. */
    timestamp: z
      .object({
        from: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('header'), header: headerName }),
          z.object({ kind: z.literal('signature-field'), field: z.string().min(1) }),
        ]),
        unit: z.enum(['seconds', 'milliseconds']),
        toleranceMs: z.int().min(1).max(86_400_000),
      })
      .nullable(),
    /** The sender's id of the delivery, equal over its repetitions. */
    id: z.object({ header: headerName }).nullable(),
    /** The event's type, where a header tells it. */
    type: z.object({ header: headerName }).nullable(),
  })
  .refine((scheme) => scheme.content.some((part) => part.from === 'body'), 'the body must be signed')
  .refine(
    (scheme) => scheme.id !== null || scheme.content.every((part) => part.from !== 'id'),
    'the signed id has no header',
  )
  .refine(
    (scheme) => (scheme.timestamp !== null) === scheme.content.some((part) => part.from === 'timestamp'),
    'a timestamp is checked exactly when it is signed',
  );

/** Nothing is proved: anyone who knows the address may call. Explicit, badged, audited. */
const noneSchemeSchema = z.object({ kind: z.literal('none'), name: z.literal('none') });

export const verificationSchemeSchema = z.discriminatedUnion('kind', [hmacSchemeSchema, noneSchemeSchema]);

export type VerificationScheme = z.infer<typeof verificationSchemeSchema>;
export type HmacScheme = Extract<VerificationScheme, { kind: 'hmac' }>;
export type SignedPart = z.infer<typeof signedPartSchema>;
