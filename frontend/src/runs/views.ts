export const RUN_VIEWS = ['canvas', 'timeline', 'journal', 'data'] as const;
/** The four synced ways to look at a run (R13). */
export type RunView = (typeof RUN_VIEWS)[number];
