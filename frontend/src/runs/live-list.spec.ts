import { describe, expect, it } from '@jest/globals';
import type { RunSummary } from '@sagawright/shared/contracts';
import { QUIET, hearRun, withNews } from './live-list.js';

function run(
  id: string,
  seq: number,
  status: RunSummary['status'] = 'running',
  createdAt = '2026-01-01T10:00:00Z',
): RunSummary {
  return {
    id,
    workflowId: 'w',
    workflowName: 'W',
    version: 1,
    status,
    trigger: 't',
    createdAt,
    endedAt: null,
    failure: null,
    seq,
  };
}

describe('the live list of runs (R5)', () => {
  const shown = [run('a', 3), run('b', 3)];

  it('counts nothing as new in a search: what a run is about is not in its news', () => {
    const news = hearRun(QUIET, run('c', 1), shown, { search: 'A-1' });
    expect(news.fresh.size).toBe(0);
    expect(hearRun(QUIET, run('c', 1), shown, {}).fresh.size).toBe(1);
  });

  it('changes a visible row in place and never goes back to older news', () => {
    let list = hearRun(QUIET, run('a', 6, 'completed'), shown, {});
    list = hearRun(list, run('a', 5, 'waiting'), shown, {});
    expect(withNews(shown, list).map((row) => row.status)).toEqual(['completed', 'running']);
    expect(list.fresh.size).toBe(0);
  });

  it('only counts new runs, each once', () => {
    let list = hearRun(QUIET, run('c', 1, 'running', '2026-01-01T11:00:00Z'), shown, {});
    list = hearRun(list, run('c', 4, 'completed', '2026-01-01T11:00:00Z'), shown, {});
    expect([...list.fresh]).toEqual(['c']);
    expect(withNews(shown, list)).toHaveLength(2);
  });

  it('does not call a run of an older page or of another filter new', () => {
    expect(hearRun(QUIET, run('old', 9, 'failed', '2025-12-01T00:00:00Z'), shown, {}).fresh.size).toBe(0);
    const late = '2026-01-02T00:00:00Z';
    expect(hearRun(QUIET, run('d', 1, 'running', late), shown, { status: 'failed' }).fresh.size).toBe(0);
    expect(hearRun(QUIET, run('d', 1, 'failed', late), shown, { status: 'failed' }).fresh.size).toBe(1);
  });
});
