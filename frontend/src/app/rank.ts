/**
 * How well a text answers a query: 3 = equal, 2 = begins with it or one of its words does, 1 = contains it, 0 = not at all.
 * An empty query fits everything alike.
 */
export function rank(text: string, query: string): number {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return 1;
  const given = text.toLowerCase();
  if (given === wanted) return 3;
  if (given.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)) || given.startsWith(wanted)) return 2;
  return given.includes(wanted) ? 1 : 0;
}
