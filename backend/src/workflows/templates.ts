import type { z } from 'zod';
import type { templateSummarySchema } from '@sagawright/shared/contracts';

/** A drawing to start from. */
export type Template = z.infer<typeof templateSummarySchema>;

/** What the template room offers. */
export const TEMPLATES: readonly Template[] = [];
