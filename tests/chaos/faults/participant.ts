/** What participants do: answers that say nothing, callbacks at the wrong time, undos that fail. */
import { setTimeout as delay } from 'node:timers/promises';
import { between } from '../random-order.js';
import type { Behaviour, Callbacks, Mode } from '../participant-contract.js';
import type { Stage } from '../stage.js';
import type { Fault, FaultWorld } from './fault.js';

export async function behave({ stage }: { readonly stage: Stage }, behaviour: Behaviour): Promise<void> {
  await post(stage, '/behaviour', behaviour);
}

/** Tells the participant something; a connection that was just closed is no reason to give up. */
export async function post(stage: Stage, path: string, body: object): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await fetch(`${stage.participantUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`The participant refused ${path}: ${await answer.text()}`);
      return;
    } catch (error) {
      if (tries === 5) throw error;
      await delay(100);
    }
  }
}

/** In both directions: runs are made to fail, so that there is something to undo. */
const mood =
  (mode: Mode, delayMs: readonly [number, number] = [0, 1]): Fault['inject'] =>
  async (world: FaultWorld) => {
    const { random } = world;
    const times = between(3, 9, random);
    for (const operation of ['do', 'undo'] as const)
      await behave(world, { operation, mode, times, delayMs: between(...delayMs, random) });
    await behave(world, { operation: 'do', mode: 'refuse', times: 2, delayMs: 0 });
    await delay(200);
    return times * 2;
  };

const callback =
  (how: Callbacks['callback']): Fault['inject'] =>
  async ({ stage, random }) => {
    const times = between(3, 10, random);
    await post(stage, '/callback', { callback: how, times });
    await delay(500);
    return times;
  };

export const PARTICIPANT_FAULTS: Readonly<Record<string, Fault>> = {
  'answer-after-timeout': {
    about: 'the participant does it, and answers after the attempt has timed out',
    inject: mood('slow', [1600, 3500]),
  },
  'answer-500-after-success': { about: 'the participant does it, then answers 500', inject: mood('error-after') },
  'answer-lost': { about: 'the participant does it, then drops the connection', inject: mood('lose') },
  'answer-50-mb': { about: 'the participant does it, then answers with 50 MB', inject: mood('huge') },
  'answer-empty': { about: 'the participant does it, then answers with 0 bytes', inject: mood('empty') },
  'answer-garbage': {
    about: 'the participant does it, then answers with invalid JSON that holds a NUL',
    inject: mood('garbage'),
  },
  'participant-away': { about: 'the participant answers 503 and does nothing', inject: mood('fail') },
  refusal: { about: 'the participant refuses for good (422), so that runs are undone', inject: mood('refuse') },
  'callback-early': {
    about: 'callbacks come before the answer to the call that asked for them',
    inject: callback('early'),
  },
  'callback-late': { about: 'callbacks come 2.5 s late: the race is over, or the run', inject: callback('late') },
  'callback-duplicate': {
    about: 'callbacks come three times: twice as one event, once as another',
    inject: callback('duplicate'),
  },
  'undo-fails-for-a-while': {
    about: 'undos answer 503 again and again, then work',
    inject: async (world) => {
      const times = between(20, 60, world.random);
      await behave(world, { operation: 'undo', mode: 'fail', times, delayMs: 0 });
      await behave(world, { operation: 'do', mode: 'refuse', times: 5, delayMs: 0 });
      await delay(1500);
      return times;
    },
  },
  'undo-fails-for-good': {
    about: 'an undo is refused whatever is tried, until a person heals it and retries, or does it by hand and says so',
    inject: async (world) => {
      const times = between(1, 4, world.random);
      await behave(world, { operation: 'undo', mode: 'break', times, delayMs: 0 });
      await behave(world, { operation: 'do', mode: 'refuse', times: 4, delayMs: 0 });
      await delay(1000);
      return times;
    },
  },
};
