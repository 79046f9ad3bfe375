import { describe, expect, it } from '@jest/globals';
import type { RunCommit } from '@sagawright/shared/server';
import { JournalWriter, meaningOf } from './journal-writer.js';
import type { Ledger } from './journal-writer.js';

const commit = (id: string): RunCommit => ({
  id,
  epoch: 1,
  nextSeq: 2,
  entries: [],
  status: 'running',
  failure: null,
  release: { kind: 'keep' },
  signalsSeen: 0,
  signalsUsed: [],
});

const sqlError = (code: string) => Object.assign(new Error(`SQL ${code}`), { code });
const writes: Ledger['commit'] = async (commits) => new Map(commits.map(({ id }) => [id, 0]));
const never: Ledger['fates'] = async () => {
  throw new Error('nobody asked for fates');
};

function writer(ledger: Partial<Ledger>, lost = new AbortController().signal) {
  return new JournalWriter({ commit: writes, fates: never, ...ledger }, lost, { retryMs: 1, spacingMs: 1, lanes: 1 });
}

describe('the journal writer', () => {
  it('writes the commits of many runs in one statement', async () => {
    const groups: number[] = [];
    const journal = writer({
      commit: async (commits) => {
        groups.push(commits.length);
        return writes(commits);
      },
    });
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => journal.commit(commit(`r${n}`))));
    expect(answers).toEqual(answers.map(() => ({ kind: 'committed', signals: 0 })));
    expect(groups).toEqual([256, 44]);
  });

  it('tells a run that is missing from the answer that it is fenced, and only that one (I4)', async () => {
    const journal = writer({ commit: async (commits) => writes(commits.filter(({ id }) => id !== 'b')) });
    const answers = await Promise.all(['a', 'b', 'c'].map((id) => journal.commit(commit(id))));
    expect(answers.map((answer) => answer.kind)).toEqual(['committed', 'fenced', 'committed']);
  });

  it('halves a refused group until the row that spoils it stands alone', async () => {
    const journal = writer({
      commit: async (commits) => {
        if (commits.some(({ id }) => id === 'r13')) throw sqlError('22P05');
        return writes(commits);
      },
    });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => journal.commit(commit(`r${n}`))));
    expect(answers.filter((answer) => answer.kind === 'committed')).toHaveLength(39);
    expect(answers[13]).toMatchObject({ kind: 'refused', failure: { code: 'journal.refused' } });
  });

  it('blames no run for a missing column or right: it tries again until somebody mends it', async () => {
    let mended = false;
    const troubles: unknown[] = [];
    const journal = new JournalWriter(
      {
        commit: async (commits) => {
          if (!mended) throw sqlError('42703');
          return writes(commits);
        },
        fates: never,
      },
      new AbortController().signal,
      { retryMs: 1, spacingMs: 1, lanes: 1, onTrouble: (error) => void (mended = troubles.push(error) > 5) },
    );
    const answers = await Promise.all(['a', 'b'].map((id) => journal.commit(commit(id))));
    expect(answers.map((answer) => answer.kind)).toEqual(['committed', 'committed']);
  });

  it('lets a commit that fails again and again step aside, so that the others are written meanwhile', async () => {
    let sick = true;
    const journal = writer({
      commit: async (commits) => {
        if (sick && commits.some(({ id }) => id === 'sick')) throw sqlError('XX000');
        return writes(commits);
      },
    });
    const first = ['a', 'sick', 'b'].map((id) => journal.commit(commit(id)));
    expect((await first[0])?.kind).toBe('committed');
    expect((await first[2])?.kind).toBe('committed');
    expect((await journal.commit(commit('c'))).kind).toBe('committed');
    sick = false;
    expect((await first[1])?.kind).toBe('committed');
  });

  it('asks what became of its commits after a lost connection, and sends only open ones again', async () => {
    const sent: string[][] = [];
    const journal = writer({
      commit: async (commits) => {
        sent.push(commits.map(({ id }) => id));
        if (sent.length === 1) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return writes(commits);
      },
      fates: async () =>
        new Map([
          ['done', { fate: 'committed', signals: 3 }],
          ['open', { fate: 'open', signals: 0 }],
          ['gone', { fate: 'fenced', signals: 0 }],
        ]),
    });
    const answers = await Promise.all(['done', 'open', 'gone'].map((id) => journal.commit(commit(id))));
    expect(answers).toEqual([{ kind: 'committed', signals: 3 }, { kind: 'committed', signals: 0 }, { kind: 'fenced' }]);
    expect(sent).toEqual([['done', 'open', 'gone'], ['open']]);
  });

  it('sends a group again that was certainly rolled back', async () => {
    let tries = 0;
    const journal = writer({
      commit: async (commits) => {
        tries += 1;
        if (tries < 3) throw sqlError('40P01');
        return writes(commits);
      },
    });
    expect(await journal.commit(commit('a'))).toEqual({ kind: 'committed', signals: 0 });
  });

  it('answers fenced for everything once the incarnation is dead', async () => {
    const lost = new AbortController();
    const journal = writer(
      {
        commit: async () => {
          lost.abort();
          throw sqlError('08006');
        },
      },
      lost.signal,
    );
    expect(await journal.commit(commit('a'))).toEqual({ kind: 'fenced' });
  });

  it('knows refusals, rollbacks and lost connections apart', () => {
    const codes = ['22P05', '23505', '40001', '53100', '57P01', '08006', 'ECONNRESET', 'EPIPE'];
    expect(codes.map((code) => meaningOf(sqlError(code)))).toEqual([
      'refused',
      'refused',
      'rolled-back',
      'rolled-back',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});
