import type { Threshold } from '../plugins/check.ts'

export interface Thresholds {
  readonly atLeast?: Threshold
  readonly atMost?: Threshold
}

/** What is wrong with a threshold as somebody wrote it; undefined where nothing is. `plain` says what a bare number means. */
export function thresholdFault(given: unknown, plain: 'share' | 'rows'): string | undefined {
  if (given === undefined) return undefined
  const named = typeof given === 'object' && given !== null ? Object.entries(given) : [[plain, given]]
  const [unit, value] = named[0] ?? []
  if (named.length !== 1 || (unit !== 'share' && unit !== 'rows')) return 'is neither { share } nor { rows }'
  if (unit === 'share')
    return typeof value === 'number' && value >= 0 && value <= 1
      ? undefined
      : `is ${String(value)}, but a share of the rows lies between 0 and 1`
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? undefined
    : `is ${String(value)}, but a number of rows is a whole number from 0 on`
}

/** The thresholds that `failed` of `of` rows miss, in words; none where the dataset passes. Of no rows every share passes. */
export function missedThresholds({ atLeast, atMost }: Thresholds, failed: number, of: number): readonly string[] {
  const least = atLeast === undefined ? undefined : unitOf(atLeast, 'share')
  const most = atMost === undefined ? undefined : unitOf(atMost, 'rows')
  const passed = of - failed
  return [
    ...(least !== undefined && (least.rows ?? 0) > passed ? [`at least ${count(least.rows as number)} must pass`] : []),
    ...(least?.share !== undefined && of > 0 && passed / of < least.share
      ? [`at least ${percent(least.share)} must pass`]
      : []),
    ...(most?.rows !== undefined && failed > most.rows ? [`at most ${count(most.rows)} may fail`] : []),
    ...(most?.share !== undefined && of > 0 && failed / of > most.share
      ? [`at most ${percent(most.share)} may fail`]
      : []),
  ]
}

/** `at least 99 %`, `at most 10 rows`: for people. */
export function showThresholds({ atLeast, atMost }: Thresholds): string {
  const words = (threshold: Threshold, plain: 'share' | 'rows') => {
    const { share, rows } = unitOf(threshold, plain)
    return share === undefined ? `${count(rows as number)} ${rows === 1 ? 'row' : 'rows'}` : percent(share)
  }
  return [
    ...(atLeast === undefined ? [] : [`at least ${words(atLeast, 'share')}`]),
    ...(atMost === undefined ? [] : [`at most ${words(atMost, 'rows')}`]),
  ].join(', ')
}

function unitOf(threshold: Threshold, plain: 'share' | 'rows'): { readonly share?: number; readonly rows?: number } {
  return typeof threshold === 'number' ? { [plain]: threshold } : threshold
}

function count(rows: number): string {
  return rows.toLocaleString('en-US')
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`
}
