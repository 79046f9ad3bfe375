/**
 * The evaluator of a server process. What the fast path knows is answered at once, within a fixed amount of work for the
 * whole template. All else
 * goes to the reference evaluator in a process of its own, which can be ended from outside: an expression that never ends or
 * eats memory hurts nobody but itself.
 */
import { compileTemplate, NOT_FAST } from '../../expression/index.js';
import type { Json } from '../../kernel/index.js';
import type { Evaluate } from '../../saga/index.js';
import { EvaluatorProcess } from './evaluator-process.js';
import type { EvaluatorLimits } from './evaluator-process.js';
import type { EvaluationRequest } from './messages.js';

export interface ExpressionEngineOptions extends Partial<EvaluatorLimits> {
  /** Evaluations that can be under way at once; each has its process. */
  readonly processes?: number;
}

export interface ExpressionEngine {
  /** Evaluates a template; throws `FailureError` (`expression.*`). */
  readonly evaluate: Evaluate;
  /** Ends the processes. Evaluations under way or waiting are refused. */
  close(): void;
}

const DEFAULTS = {
  processes: 2,
  // Twice the evaluator's own limit, which names the expression; this one is for what does not stop to look at the clock.
  wallClockMs: 2000,
  memoryMb: 256,
};

interface Waiting {
  readonly request: EvaluationRequest;
  readonly resolve: (value: Promise<Json>) => void;
  readonly reject: (reason: Error) => void;
}

export function expressionEngine(options: ExpressionEngineOptions = {}): ExpressionEngine {
  const { processes: count, ...limits } = { ...DEFAULTS, ...options };
  const processes = Array.from({ length: count }, () => new EvaluatorProcess(limits));
  const waiting: Waiting[] = [];
  let isClosed = false;

  const evaluateApart = async (request: EvaluationRequest): Promise<Json> => {
    if (isClosed) throw closed();
    const free = processes.find((each) => !each.isBusy);
    if (free === undefined) {
      return new Promise<Json>((resolve, reject) => {
        waiting.push({ request, resolve, reject });
      });
    }
    try {
      return await free.evaluate(request);
    } finally {
      const next = waiting.shift();
      next?.resolve(evaluateApart(next.request));
    }
  };

  return {
    evaluate: async (template, scope) => {
      const answer = compileTemplate(template).evaluateNow(scope);
      return answer === NOT_FAST ? evaluateApart({ template, scope }) : answer;
    },
    close: () => {
      isClosed = true;
      for (const { reject } of waiting.splice(0)) reject(closed());
      for (const each of processes) each.close();
    },
  };
}

function closed(): Error {
  return new Error('The expression engine is closed.');
}
