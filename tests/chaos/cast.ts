/** The workflows that a storm plays, published through the doors. */
import type { Graph } from '@sagawright/shared/graph';
import type { Random } from '@sagawright/shared/kernel';
import { childSaga, fanSaga, sagaPlans, tickSaga } from './sagas.js';
import type { Stage } from './stage.js';

export interface Cast {
  readonly plans: readonly { readonly id: string; readonly name: string; readonly graph: Graph }[];
  readonly child: string;
  /** Goes very many ways at once; started by a fault alone. */
  readonly fan: string;
  /** Fires every second by itself. */
  readonly tick: string;
}

export async function publishCast(stage: Stage, random: Random): Promise<Cast> {
  const participant = `http://127.0.0.1:${stage.links?.['worker-participant'].port ?? 0}`;
  const child = await stage.door.publish('Child', childSaga(participant));
  const plans = [];
  for (const { name, graph } of sagaPlans(random, child, participant))
    plans.push({ id: await stage.door.publish(name.slice(0, 120), graph), name, graph });
  const fan = await stage.door.publish('Fan', fanSaga(participant));
  return { plans, child, fan, tick: await stage.door.publish('Tick', tickSaga(participant)) };
}
