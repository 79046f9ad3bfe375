/** What is wrong with a template before anything is evaluated. */
import { FailureError } from '../kernel/index.js';
import type { Failure, Json } from '../kernel/index.js';
import { UNCLOSED } from './compile-text.js';
import { LinearRegex } from './linear-regex.js';
import { parseExpression } from './reference.js';
import { childNodes } from './syntax.js';
import type { SyntaxNode } from './syntax.js';
import { visitExpressions } from './visit.js';
import type { FieldPath } from './visit.js';

export interface TemplateProblem {
  /** Where in the template the text stands. */
  readonly path: FieldPath;
  /** `expression.syntax`, `expression.regex` or `expression.forbidden`. */
  readonly code: string;
  /** One sentence that names the expression and the way out. */
  readonly message: string;
  /** What to underline in that text. */
  readonly start: number;
  readonly end: number;
}

/** Every expression that cannot be read or can never be evaluated, in the order of the template. */
export function templateProblems(template: Json): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  visitExpressions(template, ({ source, sourceStart, start, end, closed, field }) => {
    if (!closed) {
      problems.push({ path: field, code: 'expression.syntax', message: UNCLOSED, start, end });
      return;
    }
    const found = problemOf(source);
    if (found === null) return;
    // JSONata's position is where it stopped reading: just behind the trouble.
    const stop = found.position === null ? end : Math.min(Math.max(sourceStart + found.position, start + 3), end);
    problems.push({
      path: field,
      code: found.failure.code,
      message: found.failure.message,
      start: found.position === null ? start : Math.max(sourceStart, stop - 1),
      end: stop,
    });
  });
  return problems;
}

function problemOf(source: string): { failure: Failure; position: number | null } | null {
  let tree: SyntaxNode;
  try {
    tree = parseExpression(source).tree;
  } catch (error) {
    return readProblem(error);
  }
  return problemIn(tree);
}

function problemIn(node: SyntaxNode): { failure: Failure; position: number | null } | null {
  if (node.type === 'regex' && node.value instanceof RegExp) {
    try {
      new LinearRegex(node.value);
    } catch (error) {
      return { ...readProblem(error), position: node.position ?? null };
    }
  }
  if (node.type === 'function' && node.procedure?.type === 'variable' && node.procedure.value === 'eval') {
    return {
      failure: {
        code: 'expression.forbidden',
        kind: 'user',
        message: '`$eval` is left out: only what an author wrote is evaluated. Write the expression itself.',
      },
      position: node.procedure.position ?? null,
    };
  }
  for (const child of childNodes(node)) {
    const problem = problemIn(child);
    if (problem !== null) return problem;
  }
  return null;
}

function readProblem(error: unknown): { failure: Failure; position: number | null } {
  if (!(error instanceof FailureError)) throw error;
  const { details } = error.failure;
  const position = typeof details === 'object' && details !== null && 'position' in details ? details.position : null;
  return { failure: error.failure, position: typeof position === 'number' ? position : null };
}
