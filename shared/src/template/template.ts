import type { Graph } from '../graph/index.js';

/** A workflow to start from, as data. */
export interface Template {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly graph: Graph;
}
