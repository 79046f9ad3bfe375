/** The workflows that a storm plays, published through the doors. */
import type { Graph } from '@sagawright/shared/graph';
import type { Random } from '@sagawright/shared/kernel';
import { childSaga, sagaPlans, tickSaga } from './sagas.js';
import type { Stage } from './stage.js';

export interface Cast {
  readonly plans: readonly { readonly id: string; readonly name: string; readonly graph: Graph }[];
  readonly child: string;
  /** Fires every second by itself. */
  readonly tick: string;
}

export async function publishCast(stage: Stage, random: Random): Promise<Cast> {
  const participant = `http://127.0.0.1:${stage.links?.['worker-participant'].port ?? 0}`;
  const child = await stage.door.publish('Child', childSaga(participant));
  const plans = [];
  for (const { name, graph } of sagaPlans(random, child, participant))
    plans.push({ id: await stage.door.publish(name.slice(0, 120), graph), name, graph });
  return { plans, child, tick: await stage.door.publish('Tick', tickSaga(participant)) };
}
