/**
 * A provider of webhooks, as data: how its requests prove themselves, how it makes sure of an address, what answer it wants.
 * Nothing in here is code, so a new provider is a new file in `providers/` and a line in its index.
 */
import { z } from 'zod';
import { handshakeSchema } from './handshake.js';
import { verificationSchemeSchema } from './scheme.js';
import { conditionSchema } from './source.js';

const note = z.string().min(1).max(600);

export const providerSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/),
  title: z.string().min(1).max(80),
  /** The provider's own page about its webhooks. */
  docs: z.url(),
  /** What this file was written from: the provider's or its SDK's source, its documentation, somebody else's, or common knowledge. */
  basis: z.enum(['source', 'documentation', 'catalogue', 'knowledge']),
  secret: z.strictObject({
    /** What it is called at the provider. */
    label: z.string().min(1).max(120),
    /** Who makes it: we, to be pasted there; the provider, to be pasted here (or captured); nobody. */
    madeBy: z.enum(['us', 'provider', 'nobody']),
    help: note,
  }),
  scheme: verificationSchemeSchema,
  /** `json`: the body is JSON, whatever its content type says. */
  body: z.literal('json').nullable().default(null),
  handshakes: z.array(handshakeSchema).max(5).default([]),
  /** The answer to a delivery that was let in: the first whose conditions hold; else 202 with the run. */
  accepted: z
    .array(
      z.strictObject({
        when: z.array(conditionSchema).max(5).default([]),
        status: z.union([z.literal(200), z.literal(202), z.literal(204)]),
        contentType: z.string().nullable().default(null),
        body: z.string().max(1000).default(''),
      }),
    )
    .max(3)
    .default([]),
  expects: z.strictObject({
    /** How soon the provider wants its answer; null where it does not say. */
    answerWithinMs: z.int().min(100).nullable(),
    /** How it repeats, in words. */
    repeats: note,
  }),
  /** What a reader must know: what the proof leaves open, what to configure. */
  notes: z.array(note).max(6).default([]),
});
export type WebhookProvider = z.infer<typeof providerSchema>;
export type ProviderSource = z.input<typeof providerSchema>;

/** A request that the provider itself, its SDK or its documentation signed, and what must be found in it. */
export interface SampleVector {
  readonly what: string;
  readonly secret: string;
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Our clock, milliseconds. */
  readonly nowMs: number;
}
