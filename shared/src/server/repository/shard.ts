/** The part of the backlog that a run lies in, by the random end of its id. */
export function shardOf(runId: string, shards: number): number {
  return Number.parseInt(runId.slice(-4), 16) % shards;
}
