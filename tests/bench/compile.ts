/**
 * How long `compile` takes for a drawing of a thousand nodes: the first time in a process, with nothing read before, and
 * again, as an editor does on every change. Prints medians over fresh drawings, so that no template was seen before.
 * Usage: compile.js [--count N] [--nodes N].
 */
import { parseArgs } from 'node:util';
import { compile } from '@sagawright/shared/saga';
import type { Graph } from '@sagawright/shared/graph';
import { workflow } from '@sagawright/shared/testing';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '9' }, nodes: { type: 'string', default: '1000' } },
});
const NODES_OF_BLOCK = 10;

/** Branches, loops, scopes, waits and plain steps in equal parts; every text is of its own. */
function drawing(nodes: number, round: number): Graph {
  let path = workflow();
  for (let block = 0; block * NODES_OF_BLOCK < nodes; block += 1) {
    const name = (what: string) => `${what}${round}x${block}`;
    const value = `{{ trigger.data.list${round}x${block}[price > 3].sku & "-" & $string(steps.${name('a')}.output.id) }}`;
    path = path
      .step(name('a'), { input: { id: `{{ trigger.data.id${round}x${block} }}` } })
      .parallel(name('p'), [
        (one) => one.step(name('b'), { input: { seen: `{{ steps.${name('a')}.output.id }}` } }),
        (two) => two.transform(name('c'), { value }),
      ])
      .branch(name('if'), {
        [`{{ steps.${name('c')}.output.value != "" }}`]: (one) => one.step(name('d')),
        else: (two) => two.delay(name('rest'), 1000),
      })
      .forEach(name('each'), `{{ trigger.data.items${round}x${block} }}`, (body) =>
        body.step(name('e'), { input: { item: '{{ item.id }}' } }),
      );
  }
  return path.graph();
}

/** Milliseconds of processor time, collecting garbage included: what else the machine does is left out. */
const timed = (graph: Graph): number => {
  const before = process.cpuUsage();
  const { definition } = compile(graph);
  const { user, system } = process.cpuUsage(before);
  const took = (user + system) / 1000;
  if (definition === null) throw new Error('The drawing of the benchmark has errors.');
  return took;
};
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

const nodes = Number(values.nodes);
const graphs = Array.from({ length: Number(values.count) + 1 }, (_, round) => drawing(nodes, round));
const [first = 0, ...fresh] = graphs.map(timed);
const again = graphs.slice(1).map(timed);
const count = Object.keys(graphs[0]?.nodes ?? {}).length;
console.log(
  `bench: compile of ${count} nodes, first=${first.toFixed(0)} ms, fresh texts=${median(fresh).toFixed(0)} ms, known texts=${median(again).toFixed(0)} ms`,
);
