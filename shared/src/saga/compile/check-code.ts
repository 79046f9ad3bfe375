/** Checks of code steps: that their JavaScript can be read, and gives something back. */
import { parse } from 'acorn';
import type { NodeOf } from '../../graph/index.js';
import type { Report } from './diagnostic.js';

export function checkCode(node: NodeOf<'code'>, report: Report): void {
  const place = { node: node.id, field: 'source' };
  const problem = syntaxProblem(node.source);
  if (problem !== null) {
    const message = `The code of step ${node.name} cannot be read: ${problem}. Mend it there.`;
    report('error', 'code.syntax', message, place);
  } else if (!/\breturn\b/.test(node.source)) {
    const message = `The code of step ${node.name} returns nothing, so its output is always empty; end it with a return.`;
    report('hint', 'code.no-return', message, place);
  }
}

/** The source is the body of a plain function: it may return, but not await. */
function syntaxProblem(source: string): string | null {
  try {
    parse(source, { ecmaVersion: 2023, sourceType: 'script', allowReturnOutsideFunction: true });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
