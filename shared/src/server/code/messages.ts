/** What passes between a server process and its sandbox threads: one run of one code step at a time. */
export interface CodeRequest {
  readonly source: string;
  /** JSON text. */
  readonly input: string;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
}

export type CodeMessage =
  | { readonly kind: 'ready' }
  /** JSON text. */
  | { readonly kind: 'value'; readonly value: string }
  /** The code threw, or gave what JSON has no form for. */
  | { readonly kind: 'thrown'; readonly message: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'memory' };
