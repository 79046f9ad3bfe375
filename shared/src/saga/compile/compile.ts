/**
 * Compiles a drawing to a saga definition, or says what is wrong with it.
 *
 * 1. Without error-level diagnostics the definition can always be executed; nothing is left to be found out at run time.
 * 2. Deterministic: ties follow the graph's order, so equal graphs give equal definitions.
 * 3. Steps that no trigger reaches are left out, with a warning.
 */
import type { Graph } from '../../graph/index.js';
import type { JsonObject } from '../../kernel/index.js';
import type { SagaDefinition } from '../definition.js';
import { buildDefinition } from './build.js';
import type { Catalogue } from './build.js';
import { checkAnswers, checkUnused } from './check-answers.js';
import { checkBlanks } from './check-blanks.js';
import { checkCode } from './check-code.js';
import { checkDrawing, usableEdges } from './check-drawing.js';
import { checkFlow } from './check-flow.js';
import { checkLimit } from './check-limit.js';
import { checkMatching } from './check-matching.js';
import { checkReferences } from './check-references.js';
import { checkSteps } from './check-steps.js';
import { checkTime } from './check-time.js';
import { checkTrigger } from './check-triggers.js';
import { checkUndo } from './check-undo.js';
import type { Diagnostic, Report } from './diagnostic.js';
import { flowNodes, isTriggerNode, readContainers, readFlow } from './flow.js';
import { safeFixes } from './safe-fixes.js';

export interface CompileOptions {
  /**
   * The connectors that exist. Without them connectors, operations and required inputs are not checked, and an action
   * without an effect class of its own counts as `at-most-once`; a publish gate always gives them.
   */
  readonly connectors?: Catalogue;
  /** Ids of the connectors that a credential is stored for; without them credentials are not checked. */
  readonly credentials?: ReadonlySet<string>;
  /** The workspace's workflows; without them calls are not checked. */
  readonly workflows?: readonly CallableWorkflow[];
  /**
   * Why a task's form cannot be used, null when it can: `formProblem` where code may be made at run time, which a page's
   * security policy forbids. Without it forms are not checked; a publish gate always gives it.
   */
  readonly formProblem?: (form: JsonObject) => string | null;
}

export interface CallableWorkflow {
  readonly id: string;
  readonly name: string;
  /** Its published version can be started by a call. */
  readonly callable: boolean;
}

export interface Compiled {
  /** null when a diagnostic is an error. */
  readonly definition: SagaDefinition | null;
  /** Errors first, then warnings, then hints. */
  readonly diagnostics: readonly Diagnostic[];
}

const LEVELS = ['error', 'warning', 'hint'] as const;

export function compile(graph: Graph, options: CompileOptions = {}): Compiled {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (level, id, message, place = {}, fixes = []) => {
    const { node = null, edge = null, field = null } = place;
    diagnostics.push({ id, level, message, node, edge, field, fixes: fixes.filter((each) => each !== null) });
  };
  const nodes = flowNodes(graph);
  const containers = readContainers(graph, nodes);
  const flow = readFlow(graph, nodes, containers, usableEdges(graph, nodes, containers, report));
  const catalogue = options.connectors ?? null;
  checkDrawing(flow, report);
  for (const node of nodes) {
    if (isTriggerNode(node)) checkTrigger(node, options, report);
    if (node.kind === 'code') checkCode(node, report);
    checkBlanks(node, report);
    checkMatching(node, options, report);
  }
  checkSteps(flow, options, report);
  const readers = checkReferences(flow, catalogue, report);
  checkUnused(flow, readers, catalogue, report);
  checkTime(flow, report);
  checkLimit(graph, report);
  checkFlow(flow, report);
  const proved = [...flow.levels.values()].every((level) => level.proof !== null);
  if (proved) {
    checkUndo(flow, catalogue, report);
    checkAnswers(flow, report);
  }
  const isSafe = safeFixes(flow, readers);
  const found = diagnostics.map((each) => ({ ...each, fixes: each.fixes.filter(isSafe) }));
  const sorted = LEVELS.flatMap((level) => found.filter((each) => each.level === level));
  const executable = proved && sorted[0]?.level !== 'error';
  return { definition: executable ? buildDefinition(flow, catalogue) : null, diagnostics: sorted };
}
