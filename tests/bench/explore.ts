/**
 * What `explore` costs for every template: all outcomes of every step in all orders that matter. The order saga is the figure
 * (aim: under 50 ms), since the editor explores on every change.
 */
import { connectors } from '@sagawright/shared/connector';
import { compile, explore } from '@sagawright/shared/saga';
import { templates } from '@sagawright/shared/template';
import { median, medianMs, shownTimes, timed } from './timed.js';

const FIGURE = 'order-saga';

/** Until the code is compiled to what it will be. */
const WARM_UPS = 10;

/** @returns the closing figure; prints the times of every template, and the first one, when nothing is warm */
export function benchExplore(rounds: number): string {
  const count = Math.max(3, rounds);
  let figure = '';
  for (const { id, graph } of templates) {
    const { definition } = compile(graph, { connectors });
    if (definition === null) throw new Error(`Template ${id} does not compile.`);
    const [cold, ...rest] = Array.from({ length: 1 + WARM_UPS + count }, () => timed(() => explore(definition)));
    if (cold === undefined) throw new Error('Nothing was explored.');
    const times = rest.slice(WARM_UPS);
    const { states, complete, violations } = cold.result;
    if (violations.length > 0) throw new Error(`Template ${id} breaks a rule: ${violations.join('; ')}`);
    const wallMs = times.map((each) => each.wallMs);
    const perSecond = Math.round((states / median(wallMs)) * 1000);
    console.log(
      `bench: explore ${id}: ${states} states${complete ? '' : ' (bounded)'}, first ${shownTimes([cold])}, warm ${shownTimes(times)}, ${perSecond} states/s`,
    );
    if (id === FIGURE) figure = `explore ms=${medianMs(wallMs)} states/s=${perSecond}`;
  }
  return figure;
}
