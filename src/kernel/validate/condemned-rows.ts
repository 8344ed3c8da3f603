import type { RowVerdict } from '../../plugins/check.ts'
import { type Bits, countBits, createBits, hasBit, orBits, rowsSet } from '../bits.ts'
import type { CondemnedBy } from './fold-rules.ts'

/** A rule that condemned rows, and what these get. */
export interface Condemning extends CondemnedBy {
  readonly verdict: RowVerdict
  /** Cells of rows that it drops are told, under this name of a repair. */
  readonly dropsAs: string | undefined
}

export interface CondemnedRows {
  /** Rows that are set aside, with all reasons, and rows that do not pass, ascending. */
  readonly aside: Int32Array
  readonly gone: Int32Array
  /** Rows that only warn. */
  readonly warned: number
  reasonsOf(row: number): string
  /** Rows that are dropped by rules which tell of them, ascending. */
  told(): readonly ToldRow[]
}

/** A row that was dropped by a rule which tells of it. */
export interface ToldRow {
  readonly row: number
  readonly rule: string
  readonly repair: string
}

/** As a gate splits rows: the strongest verdict among a row's failed checks decides. */
export function condemnedRows(rules: readonly Condemning[], batch: number, length: number): CondemnedRows {
  const own = rules.flatMap((rule) => {
    const bits = rule.bits[batch]
    return bits === undefined ? [] : [{ ...rule, own: bits }]
  })
  const union = (...verdicts: readonly RowVerdict[]): Bits => {
    const bits = createBits(length)
    for (const rule of own) if (verdicts.includes(rule.verdict)) orBits(bits, rule.own)
    return bits
  }
  const gone = rowsSet(union('halt', 'quarantine', 'drop'), length)
  const setAside = union('halt', 'quarantine')
  return {
    gone,
    aside: rowsSet(setAside, length),
    warned: countBits(union('halt', 'quarantine', 'drop', 'warn')) - gone.length,
    reasonsOf(row) {
      let text = ''
      for (const { own: bits, check, reason } of own) {
        if (!hasBit(bits, row)) continue
        const why = reason(batch, row) ?? check
        text = text === '' ? why : `${text}; ${why}`
      }
      return text
    },
    told() {
      const telling = own.filter(({ verdict, dropsAs }) => verdict === 'drop' && dropsAs !== undefined)
      if (telling.length === 0) return []
      return Array.from(gone).flatMap((row): ToldRow[] => {
        const by = hasBit(setAside, row) ? undefined : telling.find((rule) => hasBit(rule.own, row))
        return by === undefined ? [] : [{ row, rule: by.check, repair: by.dropsAs as string }]
      })
    },
  }
}
