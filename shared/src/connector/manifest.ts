/**
 * A connector is data: what operations an outside service has, what each does to the world, and which operation undoes it.
 */
import { z } from 'zod';
import { jsonObjectSchema, jsonSchema } from '../kernel/index.js';
import { effectClassSchema } from '../graph/graph.js';

/** The part of JSON Schema that forms are generated from and inputs are checked against. */
export const formSchemaSchema = z.object({
  type: z.literal('object'),
  properties: z.record(
    z.string(),
    z.object({
      type: z.enum(['string', 'number', 'integer', 'boolean', 'object', 'array', 'any']),
      title: z.string(),
      description: z.string().optional(),
      enum: z.array(z.string()).optional(),
      default: jsonSchema.optional(),
      examples: z.array(jsonSchema).optional(),
      format: z.enum(['uri', 'multiline', 'json']).optional(),
    }),
  ),
  required: z.array(z.string()).default([]),
});
export type FormSchema = z.infer<typeof formSchemaSchema>;

export const operationManifestSchema = z.object({
  title: z.string(),
  description: z.string(),
  synonyms: z.array(z.string()).default([]),
  effect: effectClassSchema,
  /** Absent: no request is made, the engine does it itself. */
  request: z
    .object({
      method: z.string(),
      /** URL template over `input.*` and `connector.baseUrl`, in the expression language's `{{ }}` form. */
      url: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      body: jsonSchema.optional(),
      /** Header that carries the idempotency key of a `keyed` operation. */
      idempotencyHeader: z.string().optional(),
    })
    .optional(),
  input: formSchemaSchema,
  /** Example of a successful output; feeds the data picker and autocomplete. */
  outputSample: jsonSchema,
  /** Dotted paths in the output below which the sample is only one of many shapes, like `body` of any web service. */
  outputVaries: z.array(z.string()).default([]),
  /** The declared inverse: offered first by the editor, pre-mapped by `input` (templates over `step.input`, `step.output`). */
  undo: z.object({ operation: z.string(), name: z.string(), input: jsonObjectSchema }).optional(),
});
export type OperationManifest = z.infer<typeof operationManifestSchema>;

/** Something that a connector tells about, and that can start a run. */
export const connectorTriggerSchema = z.object({
  title: z.string(),
  description: z.string(),
  /** Type of the event that starts the run. */
  eventType: z.string(),
  /** Example of the event's data. */
  sample: jsonSchema.optional(),
});

export const connectorManifestSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** lucide icon name. */
  icon: z.string(),
  /** Name of the environment setting that holds the base URL, or a fixed URL; absent when operations take full URLs. */
  baseUrl: z
    .object({ setting: z.string() })
    .or(z.object({ fixed: z.string() }))
    .optional(),
  /** What has to be stored before its operations can be called; absent = nothing. */
  credential: z.object({ title: z.string() }).optional(),
  operations: z.record(z.string(), operationManifestSchema),
  triggers: z.record(z.string(), connectorTriggerSchema).default({}),
});
export type ConnectorManifest = z.infer<typeof connectorManifestSchema>;
