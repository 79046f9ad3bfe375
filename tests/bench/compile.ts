/**
 * What `compile` costs for a drawing of a thousand nodes: the first time in a process, with nothing read before; for drawings
 * whose texts are new; and again, as an editor does on every change (the figure; aim: under 100 ms).
 */
import { compile } from '@sagawright/shared/saga';
import type { Graph } from '@sagawright/shared/graph';
import { workflow } from '@sagawright/shared/testing';
import { medianMs, shownTimes, timed } from './timed.js';
import type { Timed } from './timed.js';

const NODES = 1000;
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

function timedCompile(graph: Graph): Timed<void> {
  return timed(() => {
    if (compile(graph).definition === null) throw new Error('The drawing of the benchmark has errors.');
  });
}

/** @returns the closing figure; prints the times of every kind */
export function benchCompile(rounds: number): string {
  const graphs = Array.from({ length: Math.max(3, rounds) + 1 }, (_, round) => drawing(NODES, round));
  const [first, ...fresh] = graphs.map(timedCompile);
  const again = graphs.slice(1).map(timedCompile);
  const count = Object.keys(graphs[0]?.nodes ?? {}).length;
  console.log(
    `bench: compile of ${count} nodes: first ${shownTimes(first ? [first] : [])}, new texts ${shownTimes(fresh)}, known texts ${shownTimes(again)}`,
  );
  return `compile ms=${medianMs(again.map(({ wallMs }) => wallMs))}`;
}
