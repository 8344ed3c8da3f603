import { type Batch, type Check, missedThresholds, type TableSchema, takeBatch } from 'tidegate'
import { batchesOf, type Rows } from '../profile.ts'
import { createProfiler, type ProfileOptions } from '../profiler.ts'
import { rowRank } from '../table/sample.ts'
import { checkOf } from './checks.ts'
import { type SuggestOptions, suggest } from './suggest.ts'
import { countText, type Suggestion } from './suggestion.ts'

export interface SuggestRequest extends SuggestOptions {
  /** The share of rows that rules are not drawn from but tried on, chosen by row number. Default 0.2. */
  readonly holdOut?: number
  readonly profile?: ProfileOptions
  /** Keys are tried on tables of so many rows at most (16 bytes each). Default 50,000,000. */
  readonly keyRows?: number
}

/** Rules that were tried, and those that did not hold. */
export interface Suggested {
  readonly rows: number
  readonly heldOut: number
  readonly suggestions: readonly Suggestion[]
  /** Dropped, with the reason in words. */
  readonly dropped: readonly { readonly suggestion: Suggestion; readonly why: string }[]
}

/**
 * Rules from four fifths of the rows, tried on all of them with the checks themselves: what a held-out row breaks does not generalise and is dropped. Reads
 * the rows twice, so `open` is called twice and must give the same batches.
 */
export async function suggestChecks(open: () => Rows, request: SuggestRequest = {}): Promise<Suggested> {
  const { holdOut = 0.2, keyRows = 50_000_000, profile = {}, ...options } = request
  const limit = holdOut * 4_294_967_296
  let profiler: ReturnType<typeof createProfiler> | undefined
  let rows = 0
  for await (const batch of batchesOf(open())) {
    profiler ??= createProfiler(batch.schema, profile)
    profiler.add(trained(batch, rows, limit))
    rows += batch.length
  }
  if (profiler === undefined) return { rows: 0, heldOut: 0, suggestions: [], dropped: [] }
  const candidates = suggest(profiler.finish(), options)
  const heldOut = rows - profiler.rows
  const trials = candidates.map((suggestion) => createTrial(suggestion, (profiler as typeof profiler & object).schema))
  let first = 0
  for await (const batch of batchesOf(open())) {
    const held = heldRows(batch, first, limit)
    for (const trial of trials) if (rows <= keyRows || trial.check.rule.scope !== 'condemning') trial.add(batch, held)
    first += batch.length
  }
  const suggestions: Suggestion[] = []
  const dropped: { suggestion: Suggestion; why: string }[] = []
  for (const trial of trials) {
    const skipped = rows > keyRows && trial.check.rule.scope === 'condemning'
    const why = skipped
      ? `more than ${countText(keyRows)} rows: uniqueness was not tried`
      : await trial.fault(rows, heldOut)
    if (why === undefined) suggestions.push(trial.suggestion)
    else dropped.push({ suggestion: trial.suggestion, why })
  }
  return { rows, heldOut, suggestions, dropped }
}

function trained(batch: Batch, first: number, limit: number): Batch {
  const kept = new Int32Array(batch.length)
  let n = 0
  for (let row = 0; row < batch.length; row++) if (rowRank(first + row, 1) >= limit) kept[n++] = row
  return n === batch.length ? batch : takeBatch(batch, kept.subarray(0, n))
}

function heldRows(batch: Batch, first: number, limit: number): Uint8Array {
  const held = new Uint8Array((batch.length + 7) >> 3)
  for (let row = 0; row < batch.length; row++) {
    if (rowRank(first + row, 1) < limit) held[row >> 3] = (held[row >> 3] as number) | (1 << (row & 7))
  }
  return held
}

/** One rule, tried on all rows. */
function createTrial(suggestion: Suggestion, schema: TableSchema) {
  const check: Check = checkOf(suggestion.rule)
  const { rule } = check
  const judge = rule.scope === 'row' ? rule.compile(schema) : undefined
  const keys = rule.scope === 'condemning' ? rule.collect(schema) : undefined
  let failed = 0
  let failedHeld = 0
  return {
    suggestion,
    check,
    add(batch: Batch, held: Uint8Array): void {
      keys?.add(batch)
      if (judge === undefined) return
      const failing = new Uint8Array((batch.length + 7) >> 3)
      judge(batch, failing)
      for (let i = 0; i < failing.length; i++) {
        failed += ones(failing[i] as number)
        failedHeld += ones((failing[i] as number) & (held[i] as number))
      }
    },
    async fault(rows: number, heldOut: number): Promise<string | undefined> {
      if (rule.scope === 'condemning' && keys !== undefined) {
        const facts = { now: 0, others: {}, history: [], signal: new AbortController().signal }
        const condemned = await rule.condemn([{ rows, partial: async () => keys.finish() }], facts)
        return condemned.rows.size === 0 ? undefined : 'some rows are alike'
      }
      if (rule.scope !== 'row') return undefined
      if (check.atLeast !== undefined) {
        const missed = [...missedThresholds(check, failed, rows), ...missedThresholds(check, failedHeld, heldOut)]
        return missed.length === 0 ? undefined : 'fewer rows pass'
      }
      if (failedHeld > 0) return `${countText(failedHeld)} of ${countText(heldOut)} held-out rows fail`
      return failed === 0 ? undefined : `${countText(failed)} of ${countText(rows)} rows fail`
    },
  }
}

function ones(byte: number): number {
  let left = byte
  let n = 0
  for (; left !== 0; left &= left - 1) n++
  return n
}
