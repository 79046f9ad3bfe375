/** The one order in which every multi-row write touches runs, so that two of them cannot wait for each other in a circle. */
export function compareIds(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
