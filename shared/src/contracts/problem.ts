import { z } from 'zod';

/** RFC 9457 problem details, `application/problem+json`. Known by `code`; `detail` names the thing and the way out. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  /** Request id to quote. */
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** Extra facts by code, e.g. the current revision of a conflict or the diagnostics of a refused publish. */
  context: z.json().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
