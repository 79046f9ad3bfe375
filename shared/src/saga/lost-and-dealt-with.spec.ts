/** Resuming forward does again what the failure has cost, and nothing that was lost and dealt with before (S11, S21, S24, S27). */
import { describe, expect, it } from '@jest/globals';
import { resolutionRefusal } from './requests.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';
import { undoPlan } from './undo-plan.js';

const RESUME = { kind: 'resume-forward' } as const;

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

async function answers(
  run: HandRun,
  all: readonly (readonly [string, 'succeed' | 'refuse' | 'lost'])[],
): Promise<void> {
  for (const [call, answer] of all) await run.answer(call, answer);
}

describe('an item that was undone on its own', () => {
  it.each([undefined, 0])(
    'is no reason to do its loop and all behind it again (forgets beyond: %s)',
    async (forgetsBeyond) => {
      const definition = workflow()
        .forEach('items', '{{ [1, 2] }}', (path) => path.step('pack').step('label'), { onItemFailure: 'continue' })
        .step('charge')
        .step('ship')
        .definition();
      const run = await handRun(forgetsBeyond === undefined ? definition : { ...definition, forgetsBeyond });
      await answers(run, [
        ['pack@items[0]', 'succeed'],
        ['label@items[0]', 'refuse'],
        ['undo pack@items[0]', 'succeed'],
        ['pack@items[1]', 'succeed'],
        ['label@items[1]', 'succeed'],
        ['charge', 'succeed'],
        ['ship', 'refuse'],
        ['undo charge', 'refuse'],
      ]);
      await run.resolve(RESUME);
      expect(run.inFlight).toEqual(['ship#2']);
    },
  );
});

describe('an undo that is under way', () => {
  it('has to be answered first: its effect may be gone', async () => {
    const run = await handRun(
      workflow()
        .parallel('both', [step('charge'), step('pack')])
        .step('ship')
        .definition(),
    );
    await answers(run, [
      ['charge', 'succeed'],
      ['pack', 'succeed'],
      ['ship', 'refuse'],
      ['undo charge', 'refuse'],
    ]);
    const refused = () => resolutionRefusal(run.definition, run.state, run.openIncidents[0]?.id ?? '', RESUME);
    expect(refused()).toMatchObject({ code: 'incident.undo-under-way', message: expect.stringContaining('pack') });
    await run.answer('undo pack', 'succeed');
    expect(refused()).toBeNull();
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['pack#2']);
  });
});

describe('a step of which nobody knows', () => {
  it('is not repeated blindly, and nobody is asked any more about an undo that is not wanted (S11, S20)', async () => {
    const run = await handRun(
      workflow()
        .parallel('both', [
          (path) => path.step('wire', { effect: 'at-most-once' }),
          (path) => path.step('pack').step('ship'),
        ])
        .definition(),
    );
    await answers(run, [
      ['wire', 'lost'],
      ['pack', 'succeed'],
      ['ship', 'refuse'],
      ['undo wire', 'refuse'],
      ['undo pack', 'refuse'],
    ]);
    await run.resolve(RESUME, 'pack');
    expect(run.inFlight).toEqual(['ship#2']);
    expect(run.openIncidents).toMatchObject([{ instance: 'wire', direction: 'forward' }]);
    await run.resolve({ kind: 'done', note: 'by hand' }, 'wire');
    await run.answer('ship#2', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('is not tried again beside its next generation', async () => {
    const run = await handRun(
      workflow().step('reserve').step('charge').step('wire', { effect: 'at-most-once' }).step('ship').definition(),
    );
    await answers(run, [
      ['reserve', 'succeed'],
      ['charge', 'succeed'],
      ['wire', 'lost'],
    ]);
    await run.resolve({ kind: 'compensate-from-here' });
    await run.answer('undo wire', 'refuse');
    await run.resolve({ kind: 'skip', reason: 'test' });
    await answers(run, [
      ['undo charge', 'succeed'],
      ['undo reserve', 'refuse'],
    ]);
    await run.resolve(RESUME);
    await answers(run, [
      ['charge#2', 'succeed'],
      ['wire#2', 'succeed'],
      ['ship', 'refuse'],
      ['undo wire#2', 'succeed'],
      ['undo charge#2', 'refuse'],
    ]);
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['wire#3']);
  });
});

describe('a late success', () => {
  it('is undone before what had led to it is done again: else it would be done twice (S22)', async () => {
    const run = await handRun(workflow().step('reserve').step('wire', { effect: 'at-most-once' }).definition());
    await answers(run, [
      ['reserve', 'succeed'],
      ['wire', 'lost'],
    ]);
    await run.resolve({ kind: 'skip', reason: 'test' });
    await run.answerAttempt('wire', 1, 'succeed');
    await answers(run, [
      ['undo wire', 'refuse'],
      ['undo reserve', 'succeed'],
    ]);
    const [incident] = run.openIncidents;
    expect(resolutionRefusal(run.definition, run.state, incident?.id ?? '', RESUME)).toMatchObject({
      code: 'incident.resume-inside',
    });
  });
});

describe('who has lost to a join (S27)', () => {
  const racing = () =>
    workflow()
      .step('reserve')
      .parallel('first', [step('van'), step('post')], { kind: 'any', losers: 'cancel' })
      .step('ship')
      .definition();

  async function shipped(): Promise<HandRun> {
    const run = await handRun(racing());
    await answers(run, [
      ['reserve', 'succeed'],
      ['van', 'succeed'],
      ['post', 'succeed'],
      ['undo post', 'succeed'],
      ['ship', 'refuse'],
    ]);
    return run;
  }

  it('does not begin again while the join stands', async () => {
    const run = await shipped();
    await run.answer('undo van', 'refuse');
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['ship#2']);
  });

  it('has another chance when the winner is done again', async () => {
    const run = await shipped();
    await answers(run, [
      ['undo van', 'succeed'],
      ['undo reserve', 'refuse'],
    ]);
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['van#2', 'post#2']);
    await run.answer('post#2', 'succeed');
    expect(run.inFlight).toEqual(['van#2', 'ship#2']);
  });
});

describe('a way that was left for another', () => {
  it('from a save-point is not taken besides (S24)', async () => {
    const run = await handRun(
      workflow()
        .scope('part', step('pack'), { resume: (path) => path.step('van').step('load') })
        .step('post')
        .step('ship')
        .definition(),
    );
    await answers(run, [
      ['pack@part', 'succeed'],
      ['post', 'succeed'],
      ['ship', 'refuse'],
      ['undo post', 'succeed'],
      ['van', 'succeed'],
      ['load', 'refuse'],
      ['undo van', 'refuse'],
    ]);
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['load#2']);
    await run.answer('load#2', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  const handled = () =>
    workflow()
      .scope('part', (path) => path.step('pack').step('sort').step('label'), {
        handler: (path) => path.step('tell').step('mail'),
      })
      .definition();

  async function mailRefused(): Promise<HandRun> {
    const run = await handRun(handled());
    await answers(run, [
      ['pack@part', 'succeed'],
      ['sort@part', 'succeed'],
      ['label@part', 'refuse'],
      ['tell@part', 'succeed'],
      ['mail@part', 'refuse'],
    ]);
    return run;
  }

  it('by a failure that a handler took is not taken besides the handler (S13)', async () => {
    const run = await mailRefused();
    await run.answer('undo tell@part', 'refuse');
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['mail#2@part']);
    await run.answer('mail#2@part', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('is taken again when it was undone itself, and calls the handler anew', async () => {
    const run = await mailRefused();
    await answers(run, [
      ['undo tell@part', 'succeed'],
      ['undo sort@part', 'succeed'],
      ['undo pack@part', 'refuse'],
    ]);
    await run.resolve(RESUME);
    expect(run.inFlight).toEqual(['sort#2@part']);
    await run.answer('sort#2@part', 'succeed');
    await run.answer('label#2@part', 'refuse');
    expect(run.inFlight).toEqual(['tell#2@part']);
  });
});

describe('an undo that was given up', () => {
  it('needs nobody when its child is found to undo itself after all (S18, S20)', async () => {
    const run = await handRun(workflow().call('call').step('ship').definition());
    const child = { kind: 'succeeded', output: { run: 'child' } } as const;
    const end = { outcome: 'completed', output: null, failure: null } as const;
    await run.answer('call', child);
    await run.tell({ kind: 'child', instance: 'call', end });
    await run.answer('ship', 'refuse');
    await run.answer('undo call', 'lost');
    while (run.instance('call').undo.status === 'retrying') {
      await run.wake();
      await run.answer('undo call', 'refuse');
    }
    expect(run.openIncidents).toMatchObject([{ instance: 'call', direction: 'undo' }]);
    await run.answerAttempt('undo call', 1, child);
    expect(run.instance('call').undo.status).toBe('waiting');
    expect(run.openIncidents).toEqual([]);
  });
});

describe('the plan of a body behind a pivot', () => {
  it('tells what its failure undoes: what lies in it (S14, S23)', async () => {
    const run = await handRun(
      workflow()
        .step('pay', { undo: 'pivot' })
        .forEach('items', '{{ [1] }}', (path) => path.step('pack').step('label'), { onItemFailure: 'continue' })
        .definition(),
    );
    await run.answer('pay', 'succeed');
    await run.answer('pack@items[0]', 'succeed');
    await run.answer('label@items[0]', 'refuse');
    expect(undoPlan(run.definition, run.state, 'items[0]').steps).toMatchObject([{ instance: 'pack@items[0]' }]);
    expect(run.inFlight).toEqual(['undo pack@items[0]']);
    expect(undoPlan(run.definition, run.state).notUndone).toContainEqual({ instance: 'pay', reason: 'pivot' });
  });
});
