/** What live news do to a list of runs that must not jump: known rows change in place, new ones are only counted (R5). */
import type { RunSummary } from '@sagawright/shared/contracts';
import type { RunFilter } from '../api/index.js';

export interface LiveList {
  /** Latest news by run id; lies over the fetched rows. */
  readonly changed: ReadonlyMap<string, RunSummary>;
  /** Ids of runs that are not in the list yet. */
  readonly fresh: ReadonlySet<string>;
}

export const QUIET: LiveList = { changed: new Map(), fresh: new Set() };

/**
 * @param shown the rows as fetched
 * @param newest creation time of the newest row; older unknown runs belong to pages not fetched yet
 */
export function hearRun(list: LiveList, run: RunSummary, shown: readonly RunSummary[], filter: RunFilter): LiveList {
  const known = shown.some((each) => each.id === run.id);
  const before = list.changed.get(run.id);
  if (before !== undefined && before.seq > run.seq) return list;
  const changed = new Map(list.changed).set(run.id, run);
  if (known) return { ...list, changed };
  const newest = shown[0]?.createdAt;
  const wanted =
    // What a run is about is not in its news.
    filter.search === undefined &&
    (filter.workflowId === undefined || filter.workflowId === run.workflowId) &&
    (filter.status === undefined || filter.status === run.status) &&
    (newest === undefined || Date.parse(run.createdAt) >= Date.parse(newest));
  const fresh = new Set(list.fresh);
  if (wanted) fresh.add(run.id);
  else fresh.delete(run.id);
  return { changed, fresh };
}

/** The fetched rows with the news on them. */
export function withNews(rows: readonly RunSummary[], list: LiveList): readonly RunSummary[] {
  if (list.changed.size === 0) return rows;
  return rows.map((row) => {
    const news = list.changed.get(row.id);
    return news !== undefined && news.seq >= row.seq ? news : row;
  });
}
