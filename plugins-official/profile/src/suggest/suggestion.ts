/** A rule that rows suggest, as the arguments of a check of 'tidegate'. */
export type Rule =
  | { readonly check: 'notNull'; readonly column: string; readonly atLeast?: number }
  | { readonly check: 'between'; readonly column: string; readonly min: number; readonly max: number }
  | { readonly check: 'oneOf'; readonly column: string; readonly values: readonly string[] }
  | { readonly check: 'matches'; readonly column: string; readonly pattern: RegExp }
  | { readonly check: 'unique'; readonly columns: readonly string[] }
  | { readonly check: 'rowCount'; readonly min: number }

export interface Suggestion {
  readonly rule: Rule
  /**
   * How sure the rule is: with 95 % confidence, at least this share of further rows like these passes (exact bound for n clean rows; the rule of three,
   * Hanley and Lippman-Hand, JAMA 249, 1983). For `rowCount`, which one table is one observation of, 0.5.
   */
  readonly confidence: number
  /** What it was drawn from, in words. */
  readonly evidence: string
}

/** With 95 % confidence, at least this share passes where n of n did: 0.05^(1/n). */
export function cleanShare(n: number): number {
  return n === 0 ? 0 : 0.05 ** (1 / n)
}

/** `1,234` */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}
