/**
 * The fast path: an expression's syntax tree, walked once, becomes synchronous closures. Literals, paths, filters, operators,
 * conditions, constructors, blocks with variables and calls of pure functions are compiled; an expression that holds anything
 * else is left to the reference evaluator as a whole.
 *
 * Invariants:
 * 1. Where the fast path answers, the reference gives the same answer. `docs/adr/0009-two-evaluators.md` says how that is kept.
 * 2. Only own properties of the scope are read.
 * 3. An evaluation ends within a fixed amount of work, and changes nothing.
 */
import { weightOf } from '../limits.js';
import type { EvaluationLimits } from '../limits.js';
import { BUILT_IN_NAMES } from '../reference.js';
import type { EvaluationOptions } from '../reference.js';
import type { SyntaxNode } from '../syntax.js';
import { childNodes } from '../syntax.js';
import { compileArray, compileObject } from './constructors.js';
import { pureFunction } from './functions.js';
import type { PureFunction } from './functions.js';
import { isTrue, negate, OPERATORS } from './operators.js';
import { compileIndex, compileName, compilePath, compilePredicate } from './path.js';
import type { Filter, PathShape, Step } from './path.js';
import { Budget, LEAVE, Run } from './run.js';
import type { Fast } from './run.js';
import { createSequence, isArray, isSequence, settle, settleKeeping } from './sequence.js';

/** Given instead of a value by an evaluation that has to be done by the reference evaluator. */
export const NOT_FAST = Symbol('not on the fast path');

/**
 * An expression on the fast path. The value may carry JSONata's inner marks; see `toPlainJson`.
 *
 * @param budget shared with others, if it is not to have one of its own
 */
export type FastExpression = (
  scope: unknown,
  options: EvaluationOptions,
  limits: EvaluationLimits,
  budget?: Budget,
) => unknown;

/** Beyond this the reference may run out of depth. */
const MAX_NODES = 500;

const NO_VARIABLES: Readonly<Record<string, unknown>> = {};

/** @returns null when the expression holds something that only the reference evaluator knows */
export function compileFast(tree: SyntaxNode): FastExpression | null {
  if (countNodes(tree) > MAX_NODES) return null;
  const compiler = new Compiler();
  let evaluate: Fast;
  try {
    evaluate = compiler.compile(tree, NO_NAMES);
  } catch (error) {
    if (error === LEAVE) return null;
    throw error;
  }
  const { calledNames, slotCount } = compiler;
  return (scope, { now, variables = NO_VARIABLES }, limits, budget = new Budget()) => {
    for (const name of calledNames) if (Object.hasOwn(variables, name)) return NOT_FAST;
    const run = new Run(scope, new Array<unknown>(slotCount), variables, now, budget);
    try {
      const value = evaluate(isArray(scope) && !isSequence(scope) ? wrapped(scope) : scope, run);
      if (typeof value === 'string') return value.length > limits.characters ? NOT_FAST : value;
      return typeof value === 'object' && weightOf(value) > limits.weight ? NOT_FAST : value;
    } catch (error) {
      // A range error is an end of the stack or an impossible length: the reference has a name for it.
      if (error === LEAVE || error instanceof RangeError) return NOT_FAST;
      throw error;
    }
  };
}

function wrapped(scope: readonly unknown[]): unknown {
  return Object.assign(createSequence(scope), { outerWrapper: true });
}

function countNodes(node: SyntaxNode): number {
  return childNodes(node).reduce((count, child) => count + countNodes(child), 1);
}

/** Variables that are bound where a node stands, and the slots of their values. */
type Names = ReadonlyMap<string, number>;

const NO_NAMES: Names = new Map();

const UNAVAILABLE = new Set([...BUILT_IN_NAMES, 'now', 'millis', 'random', 'shuffle', 'eval']);

class Compiler {
  slotCount = 0;
  /** Functions that a variable of the caller could replace. */
  readonly calledNames = new Set<string>();

  compile(node: SyntaxNode, names: Names): Fast {
    if (isTupleNode(node) || node.group !== undefined) throw LEAVE;
    const value = counted(this.compileKind(node, names));
    const filters = this.compileFilters(node.predicate, names);
    if (filters.length > 0) {
      const finish = node.keepArray === true ? settleKeeping : settle;
      return (input, run) => {
        let result = value(input, run);
        for (const filter of filters) result = filter(result, run);
        return finish(result);
      };
    }
    if (node.keepArray === true) return (input, run) => settleKeeping(value(input, run));
    return yieldsSequence(node) ? (input, run) => settle(value(input, run)) : value;
  }

  private compileKind(node: SyntaxNode, names: Names): Fast {
    switch (node.type) {
      case 'string':
      case 'number':
      case 'value': {
        const { value } = node;
        return () => value;
      }
      case 'name':
        return compileName(String(node.value));
      case 'path':
        return compilePath(this.pathShape(node, names));
      case 'variable':
        return this.compileVariable(String(node.value), names);
      case 'binary':
        return this.compileBinary(node, names);
      case 'unary':
        return this.compileUnary(node, names);
      case 'condition':
        return this.compileCondition(node, names);
      case 'block':
        return this.compileBlock(node.expressions ?? [], names);
      case 'function':
        return this.compileCall(node, [], names);
      case 'apply':
        return this.compileApply(node, names);
      default:
        throw LEAVE;
    }
  }

  private pathShape(node: SyntaxNode, names: Names): PathShape {
    const steps = node.steps ?? [];
    const isPlain = (step: SyntaxNode): boolean =>
      step.type === 'name' && step.stages === undefined && step.predicate === undefined && step.keepArray !== true;
    return {
      steps: steps.map((step) => this.compileStep(step, names)),
      keepsList: node.keepSingletonArray === true,
      names: steps.every(isPlain) ? steps.map((step) => String(step.value)) : null,
    };
  }

  private compileStep(step: SyntaxNode, names: Names): Step {
    return {
      take: this.compile(step, names),
      filters: this.compileFilters(step.stages, names),
      constructsArray: step.consarray === true,
      isVariable: step.type === 'variable',
    };
  }

  private compileFilters(stages: readonly SyntaxNode[] | undefined, names: Names): readonly Filter[] {
    return (stages ?? []).map((stage) => {
      if (stage.type !== 'filter' || stage.expr === undefined) throw LEAVE;
      if (stage.expr.type === 'number') return compileIndex(Number(stage.expr.value));
      return compilePredicate(this.compile(stage.expr, names));
    });
  }

  private compileVariable(name: string, names: Names): Fast {
    if (name === '') {
      return (input) => {
        if (typeof input !== 'object' || input === null || !('outerWrapper' in input)) return input;
        if (isArray(input)) return input.outerWrapper === true ? input[0] : input;
        throw LEAVE;
      };
    }
    if (name === '$') return (_input, run) => run.root;
    const slot = names.get(name);
    if (slot !== undefined) return (_input, run) => run.slots[slot];
    if (UNAVAILABLE.has(name)) throw LEAVE;
    return (_input, run) => {
      if (!Object.hasOwn(run.variables, name)) return undefined;
      const value = run.variables[name];
      if (typeof value === 'function') throw LEAVE;
      return value;
    };
  }

  private compileBinary(node: SyntaxNode, names: Names): Fast {
    const left = this.compile(onlyNode(node.lhs), names);
    const right = this.compile(onlyNode(node.rhs), names);
    if (node.value === 'and') return (input, run) => isTrue(left(input, run), run) && isTrue(right(input, run), run);
    if (node.value === 'or') return (input, run) => isTrue(left(input, run), run) || isTrue(right(input, run), run);
    const operator = OPERATORS.get(String(node.value));
    if (operator === undefined) throw LEAVE;
    return (input, run) => operator(left(input, run), right(input, run), run);
  }

  private compileUnary(node: SyntaxNode, names: Names): Fast {
    if (node.value === '-' && node.expression !== undefined) {
      const operand = this.compile(node.expression, names);
      return (input, run) => negate(operand(input, run));
    }
    if (node.value === '[') {
      const items = (node.expressions ?? []).map((item) => ({
        value: this.compile(item, names),
        isArray: item.value === '[',
      }));
      return compileArray(items, node.consarray === true);
    }
    if (node.value === '{' && isPairs(node.lhs)) {
      return compileObject(
        node.lhs.map(([key, value]) => [this.compile(key, names), this.compile(value, names)] as const),
      );
    }
    throw LEAVE;
  }

  private compileCondition(node: SyntaxNode, names: Names): Fast {
    if (node.condition === undefined || node.then === undefined) throw LEAVE;
    const condition = this.compile(node.condition, names);
    const taken = this.compile(node.then, names);
    const other = node.else === undefined ? () => undefined : this.compile(node.else, names);
    return (input, run) => (isTrue(condition(input, run), run) ? taken(input, run) : other(input, run));
  }

  /** Variables are bound by whole expressions of a block only: elsewhere the order of evaluation would matter. */
  private compileBlock(expressions: readonly SyntaxNode[], names: Names): Fast {
    let inner = names;
    const steps = expressions.map((expression): Fast => {
      if (expression.type !== 'bind') return this.compile(expression, inner);
      if (expression.predicate !== undefined || expression.keepArray === true) throw LEAVE;
      const value = this.compile(onlyNode(expression.rhs), inner);
      const slot = this.slotCount;
      this.slotCount += 1;
      inner = new Map(inner).set(String(onlyNode(expression.lhs).value), slot);
      return (input, run) => {
        const bound = value(input, run);
        run.slots[slot] = bound;
        return bound;
      };
    });
    const only = steps[0];
    if (steps.length === 1 && only !== undefined) return only;
    return (input, run) => {
      let result: unknown;
      for (const step of steps) result = step(input, run);
      return result;
    };
  }

  /** @param before values of arguments that stand before those in the parentheses */
  private compileCall(node: SyntaxNode, before: readonly Fast[], names: Names): Fast {
    const { procedure } = node;
    const name = String(procedure?.value);
    if (procedure?.type !== 'variable' || procedure.predicate !== undefined || names.has(name)) throw LEAVE;
    const args = [...before, ...(node.arguments ?? []).map((argument) => this.compile(argument, names))];
    const call = this.functionOf(name, args.length);
    const [only] = args;
    if (args.length === 1 && only !== undefined) {
      return (input, run) => call([only(input, run)], input, run);
    }
    return (input, run) =>
      call(
        args.map((argument) => argument(input, run)),
        input,
        run,
      );
  }

  /** `value ~> $f(more)` and `value ~> $f`. */
  private compileApply(node: SyntaxNode, names: Names): Fast {
    const left = this.compile(onlyNode(node.lhs), names);
    const right = onlyNode(node.rhs);
    if (isTupleNode(right) || right.predicate !== undefined || right.group !== undefined) throw LEAVE;
    if (right.type === 'function') return this.compileCall(right, [left], names);
    const name = String(right.value);
    if (right.type !== 'variable' || names.has(name)) throw LEAVE;
    const call = this.functionOf(name, 1);
    // Here, unlike in `value ~> $f()`, the input does not stand in for an argument.
    return (input, run) => call([left(input, run)], null, run);
  }

  private functionOf(name: string, argumentCount: number): PureFunction {
    const call = pureFunction(name, argumentCount);
    if (call === null) throw LEAVE;
    this.calledNames.add(name);
    return call;
  }
}

/** Every node evaluated is work, whatever it does. */
function counted(evaluate: Fast): Fast {
  return (input, run) => {
    run.spend(1);
    return evaluate(input, run);
  };
}

/** A node whose value can be a sequence that no part of it has settled. */
function yieldsSequence({ type, value }: SyntaxNode): boolean {
  return ['path', 'name', 'variable', 'function', 'apply'].includes(type) || value === '..';
}

function isTupleNode(node: SyntaxNode): boolean {
  return (
    node.focus !== undefined || node.index !== undefined || node.ancestor !== undefined || node.tuple !== undefined
  );
}

function onlyNode(side: SyntaxNode['lhs']): SyntaxNode {
  if (side === undefined || isPairs(side)) throw LEAVE;
  return side;
}

function isPairs(side: SyntaxNode['lhs']): side is readonly (readonly [SyntaxNode, SyntaxNode])[] {
  return Array.isArray(side);
}
