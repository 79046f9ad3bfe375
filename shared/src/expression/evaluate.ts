/** The short way: read and fill a template in one go. */
import type { Json } from '../kernel/index.js';
import { compileTemplate } from './compile-template.js';
import type { TemplateScope } from './compile-template.js';
import type { EvaluationOptions } from './reference.js';

/**
 * Fills a template. A text that is exactly one `{{ expression }}` becomes its value (nothing becomes null); inside other
 * text a value is written as `$string` does, and nothing leaves nothing.
 *
 * @throws FailureError `expression.*`; the first problem in the order of the template
 */
export async function evaluateTemplate(
  template: Json,
  scope: TemplateScope,
  options: EvaluationOptions = {},
): Promise<Json> {
  return compileTemplate(template).evaluate(scope, options);
}
