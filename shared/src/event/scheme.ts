/**
 * How a sender proves that a request is its own, as data: one discriminated grammar, and the engine switches over it.
 *
 * | kind            | the proof                                                                                      |
 * | --------------- | ---------------------------------------------------------------------------------------------- |
 * | `hmac`          | a keyed hash over the raw body, a template of parts, sorted form fields, or fields of the body |
 * | `hash`          | a plain hash over a template that has the secret in it                                         |
 * | `public-key`    | a signature by a key that was configured, or lies at an address of the provider                |
 * | `jwt`           | a signed token that holds the body's hash                                                      |
 * | `shared-secret` | a secret in a header, the query, the path or the body                                          |
 * | `unsigned`      | nothing is proved                                                                              |
 *
 * What the grammar holds every scheme to (`soundness`):
 * 1. The body is signed, in every alternative; or `unsignedBody` says aloud that it is not.
 * 2. A timestamp is checked exactly where it is signed; an unsigned one would prove nothing.
 * 3. Repeated deliveries are known by an id only where the id is signed; else by a hash.
 */
import { z } from 'zod';
import { pinSchema } from './pinned.js';
import { conditionSchema, headerNameSchema, jsonPathSchema, sourceSchema } from './source.js';
import type { Source } from './source.js';

const text = z.string().min(1).max(200);

/** Where the signatures stand in their header or field. */
const signatureFormatSchema = z.discriminatedUnion('kind', [
  /** One signature after a fixed prefix: `sha256=…`, `v0=…`. */
  z.strictObject({ kind: z.literal('plain'), prefix: z.string().default('') }),
  /** Several, each with its version: `v1,… v1,…`; other versions are passed over. Without versions: `null`. */
  z.strictObject({
    kind: z.literal('list'),
    separator: text,
    version: z.strictObject({ name: text, separator: text }).nullable(),
  }),
  /** Named fields, the signature's name possibly several times: `t=…,v1=…`. Other fields are passed over. */
  z.strictObject({ kind: z.literal('fields'), separator: text, assign: text, field: text }),
]);

const signatureSchema = z.strictObject({
  at: z.union([
    sourceSchema,
    /** Several headers, one for each key while keys rotate; at least one of them is there. */
    z.strictObject({ from: z.literal('headers'), names: z.array(headerNameSchema).min(1).max(20) }),
  ]),
  format: signatureFormatSchema.default({ kind: 'plain', prefix: '' }),
});

/** How bytes are written. `hex` is lower case; `hex-any` takes either case. */
const encodingSchema = z.enum(['hex', 'hex-any', 'base64', 'base64url']);

export const signedPartSchema = z.discriminatedUnion('part', [
  z.strictObject({ part: z.literal('body') }),
  z.strictObject({ part: z.literal('body-sha256'), encoding: z.enum(['hex', 'base64']) }),
  /** As a decimal number. */
  z.strictObject({ part: z.literal('body-crc32') }),
  z.strictObject({ part: z.literal('id') }),
  z.strictObject({ part: z.literal('timestamp') }),
  z.strictObject({ part: z.literal('constant'), text: z.string().min(1) }),
  /** The configured secret, as text. */
  z.strictObject({ part: z.literal('secret') }),
  z.strictObject({ part: z.literal('method') }),
  z.strictObject({
    part: z.literal('url'),
    /** Providers that are not of one mind about ports and escapes: each way of writing the URL counts. */
    variants: z.boolean().default(false),
    /** Percent-encoded characters that are signed decoded. */
    decoded: z.array(z.string().length(1)).max(40).default([]),
  }),
  /** Path and query of the URL. */
  z.strictObject({ part: z.literal('path') }),
  /** Any text of the request; one that may be missing counts as empty. */
  z.strictObject({ part: z.literal('text'), at: sourceSchema, optional: z.boolean().default(false) }),
  /** Every form field by name, name and value side by side; equal values once, sorted. The body must be a form or empty. */
  z.strictObject({ part: z.literal('form-sorted') }),
  /** `label⏎value⏎` for each field that is there. */
  z.strictObject({
    part: z.literal('labelled'),
    fields: z.array(z.strictObject({ label: text, at: sourceSchema, optional: z.boolean().default(false) })).min(1),
  }),
  /** `name:value` of the headers that a header lists. Those that are required must be on the list. */
  z.strictObject({
    part: z.literal('listed-headers'),
    listedIn: headerNameSchema,
    listSeparator: text,
    assign: text,
    join: text,
    required: z.array(headerNameSchema),
    most: z.int().min(1).max(50),
  }),
]);
export type SignedPart = z.infer<typeof signedPartSchema>;

const alternativeSchema = z.strictObject({
  when: z.array(conditionSchema),
  parts: z.array(signedPartSchema).min(1),
  /** A hash of the body inside what is signed, such as in the URL's query; compared with the body that came. */
  bodyHash: z
    .strictObject({ at: sourceSchema, encoding: z.enum(['hex', 'base64']) })
    .nullable()
    .default(null),
});
export type ContentAlternative = z.infer<typeof alternativeSchema>;

/** What is signed, in order; where requests differ, the first alternative that applies. */
const contentSchema = z.union([
  z.array(signedPartSchema).min(1),
  z.strictObject({ firstOf: z.array(alternativeSchema).min(1).max(10) }),
]);

const timestampSchema = z.strictObject({
  at: sourceSchema,
  /** `iso` is an instant in UTC: 2026-01-31T12:00:00.000Z. */
  unit: z.enum(['seconds', 'milliseconds', 'iso']),
  /** How far from now it may be, in either direction. At most the time in which a repetition is known again. */
  toleranceMs: z.int().min(1).max(345_600_000),
});

const common = {
  name: z.string().min(1).max(60),
  /** What the provider always sends. */
  requires: z.array(conditionSchema).max(10).default([]),
  /** When it was signed. */
  timestamp: timestampSchema.nullable().default(null),
  /** The sender's id of the delivery, equal over its repetitions: the first of these that is there; several texts joined. */
  id: z
    .strictObject({
      firstOf: z.array(z.array(sourceSchema).min(1).max(5)).min(1).max(5),
      required: z.boolean().default(true),
    })
    .nullable()
    .default(null),
  /** The event's type; it only names the event. */
  type: z
    .strictObject({ firstOf: z.array(sourceSchema).min(1).max(5) })
    .nullable()
    .default(null),
  /** What a repeated delivery is known by: its id, its body, all that was signed; `none` where equal bodies are new events. */
  dedup: z.enum(['id', 'body', 'content', 'none']).default('body'),
  unsignedBody: z.boolean().default(false),
};

const hmacSchemeSchema = z.strictObject({
  kind: z.literal('hmac'),
  ...common,
  algorithm: z.enum(['sha1', 'sha256', 'sha512']),
  encoding: encodingSchema,
  /** How the configured secret becomes the key; an optional prefix is cut off first. */
  secret: z.strictObject({ prefix: z.string().default(''), encoding: z.enum(['utf8', 'base64', 'hex']) }),
  signature: signatureSchema,
  content: contentSchema,
});

const hashSchemeSchema = z.strictObject({
  kind: z.literal('hash'),
  ...common,
  algorithm: z.literal('sha256'),
  encoding: encodingSchema,
  signature: signatureSchema,
  content: contentSchema,
});

const publicKeyAlgorithm = z.enum(['ed25519', 'ecdsa-p256-sha256', 'ecdsa-p256-sha256-raw', 'rsa-sha1', 'rsa-sha256']);
const keyForm = z.enum(['raw-hex', 'raw-base64', 'spki-base64', 'pem']);

const publicKeySchemeSchema = z.strictObject({
  kind: z.literal('public-key'),
  ...common,
  algorithm: z.union([
    publicKeyAlgorithm,
    /** Told by the request; only what is listed counts. */
    z.strictObject({ at: sourceSchema, values: z.record(z.string(), publicKeyAlgorithm) }),
  ]),
  encoding: encodingSchema,
  key: z.discriminatedUnion('from', [
    /** The configured secret is the provider's public key. */
    z.strictObject({ from: z.literal('secret'), form: keyForm, prefix: z.string().default('') }),
    /** The request tells where the certificate lies; the secret is what `audience` or the part `secret` say. */
    z.strictObject({ from: z.literal('certificate'), url: sourceSchema, pin: pinSchema }),
  ]),
  /** What must equal a configured secret: whom the request is for. */
  audience: sourceSchema.nullable().default(null),
  signature: signatureSchema,
  content: contentSchema,
});

const jwtSchemeSchema = z.strictObject({
  kind: z.literal('jwt'),
  ...common,
  token: sourceSchema,
  algorithms: z
    .array(z.enum(['HS256', 'ES256', 'RS256', 'EdDSA']))
    .min(1)
    .max(3),
  key: z.discriminatedUnion('from', [
    /** `jwks`: the secret is a JSON Web Key Set, pasted. */
    z.strictObject({ from: z.literal('secret'), form: z.enum(['utf8', 'base64', 'pem', 'jwks']) }),
    z.strictObject({ from: z.literal('jwks'), url: z.url(), pin: pinSchema }),
  ]),
  audience: sourceSchema.nullable().default(null),
  /** The claim that holds SHA-256 of the body. */
  bodyHash: z.strictObject({ claim: text, encoding: z.enum(['hex', 'base64']) }).nullable(),
});

const sharedSecretSchemeSchema = z.strictObject({
  kind: z.literal('shared-secret'),
  ...common,
  at: z.union([
    sourceSchema,
    /** In every item of a list in the body. */
    z.strictObject({ from: z.literal('json-each'), list: jsonPathSchema, path: jsonPathSchema }),
  ]),
});

/** Anyone who knows the address may call: explicit, badged, audited. `refetch`: what came only says where to look. */
const unsignedSchemeSchema = z.strictObject({
  kind: z.literal('unsigned'),
  ...common,
  refetch: z.boolean(),
});

export const verificationSchemeSchema = z
  .discriminatedUnion('kind', [
    hmacSchemeSchema,
    hashSchemeSchema,
    publicKeySchemeSchema,
    jwtSchemeSchema,
    sharedSecretSchemeSchema,
    unsignedSchemeSchema,
  ])
  .superRefine((scheme, context) => {
    for (const message of soundness(scheme)) context.addIssue({ code: 'custom', message });
  });

export type VerificationScheme = z.infer<typeof verificationSchemeSchema>;
export type SchemeSource = z.input<typeof verificationSchemeSchema>;
type OfKind<Kind extends VerificationScheme['kind']> = Extract<VerificationScheme, { kind: Kind }>;
export type HmacScheme = OfKind<'hmac'>;
export type HashScheme = OfKind<'hash'>;
export type PublicKeyScheme = OfKind<'public-key'>;
export type JwtScheme = OfKind<'jwt'>;
export type SharedSecretScheme = OfKind<'shared-secret'>;
export type SigningScheme = HmacScheme | HashScheme | PublicKeyScheme;

export function alternativesOf(scheme: SigningScheme): readonly ContentAlternative[] {
  return Array.isArray(scheme.content) ? [{ when: [], parts: scheme.content, bodyHash: null }] : scheme.content.firstOf;
}

/** @returns what is wrong with a scheme that its shape does not show */
function soundness(scheme: VerificationScheme): string[] {
  switch (scheme.kind) {
    case 'hmac':
    case 'hash':
    case 'public-key':
      return alternativesOf(scheme).flatMap((alternative) => soundAlternative(scheme, alternative));
    case 'jwt': {
      const unsound = scheme.timestamp !== null && scheme.timestamp.at.from !== 'claim';
      const sure = scheme.bodyHash !== null || scheme.token.from === 'body';
      return [
        ...(unsound ? ['a timestamp is checked exactly when it is signed'] : []),
        ...(sure === scheme.unsignedBody ? ['the body must be signed, or unsignedBody say that it is not'] : []),
      ];
    }
    case 'shared-secret':
      // Whoever has the secret wrote all of the request.
      return [];
    case 'unsigned':
      return scheme.timestamp === null ? [] : ['a timestamp is checked exactly when it is signed'];
  }
}

function soundAlternative(scheme: SigningScheme, { parts, bodyHash }: ContentAlternative): string[] {
  const has = (...names: SignedPart['part'][]): boolean => parts.some(({ part }) => names.includes(part));
  const bodyIsSigned = bodyHash !== null || has('body', 'body-sha256', 'body-crc32', 'form-sorted');
  const signed = (source: Source): boolean =>
    ((source.from === 'json' || source.from === 'form') && bodyIsSigned) ||
    (source.from === 'query' && has('url', 'path')) ||
    parts.some(
      (part) =>
        (part.part === 'text' && same(part.at, source)) ||
        (part.part === 'labelled' && part.fields.some((field) => same(field.at, source))) ||
        (part.part === 'listed-headers' && source.from === 'header' && part.required.includes(source.name)),
    );
  const timeIsSigned = scheme.timestamp !== null && (has('timestamp') || signed(scheme.timestamp.at));
  const idIsSigned = scheme.id !== null && (has('id') || scheme.id.firstOf.flat().every(signed));
  const wrong: [boolean, string][] = [
    [bodyIsSigned === scheme.unsignedBody, 'the body must be signed, or unsignedBody say that it is not'],
    [has('id') && scheme.id === null, 'the signed id has no source'],
    [
      (scheme.timestamp !== null || has('timestamp')) && !timeIsSigned,
      'a timestamp is checked exactly when it is signed',
    ],
    [scheme.dedup === 'id' && !idIsSigned, 'an id that is not signed tells nobody apart'],
    [scheme.dedup === 'body' && scheme.unsignedBody, 'a body that is not signed tells nobody apart'],
    [scheme.kind === 'hash' && !has('secret'), 'a plain hash needs the secret in it'],
    [
      scheme.kind === 'public-key' && scheme.key.from === 'certificate' && scheme.audience === null && !has('secret'),
      'a certificate proves who signed, not for whom: name the audience',
    ],
    [bodyHash !== null && !signed(bodyHash.at), 'the hash of the body must be signed'],
  ];
  return wrong.flatMap(([isWrong, message]) => (isWrong ? [message] : []));
}

function same(a: Source, b: Source): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
