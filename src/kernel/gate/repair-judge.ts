import type { RowRule } from '../../plugins/check.ts'
import { type Bits, createBits, hasBit, orBits, rowsSet, setBit } from '../bits.ts'
import { type Batch, takeBatch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { replaceCells } from '../columns/replace.ts'
import { type Audit, auditOf } from './repair-audit.ts'
import { type Mended, type Repairer, type RepairingRule, reshaped, triedOn } from './repair-rows.ts'

/** What rules find in a batch, by rule. */
export interface Findings {
  /** Failing rows; undefined where all pass. */
  readonly bits: readonly (Bits | undefined)[]
  /** Rows of which the rule does not speak; undefined where every rule speaks of every row. */
  readonly exempt: readonly number[] | undefined
}

/** What repairs came to in one batch. */
export interface Repaired {
  /** Rows that go on with another cell than they came with. */
  readonly rows: number
  /** By rule: rows that failed it as they came, and keep it now. */
  readonly byRule: readonly number[]
  readonly audit: Audit
  /** Why repaired rows are set aside all the same, by row. */
  readonly reasons: ReadonlyMap<number, string>
}

/** A batch of which some rows were repaired and judged again. */
export interface Rejudged {
  /** Of all rows: those of the second judgement where there was one. */
  readonly findings: Findings
  /** The rows that go on: `stays`, all without it. */
  passed(stays: Int32Array | undefined): Batch
  report(gone: Int32Array, aside: Int32Array, failed: readonly Named[]): Repaired
}

/** A rule that some row fails. */
export interface Named {
  readonly bits: Bits
  readonly name: string
  readonly rule: RowRule
}

/** Repairs the rows that fail a repairing rule and judges them once more, by all rules. Undefined where there is no such row. */
export function rejudge(
  batch: Batch,
  first: Findings,
  rules: readonly RepairingRule[],
  repairer: Repairer,
  find: (batch: Batch) => Findings,
  key: readonly string[] | undefined,
): Rejudged | undefined {
  const asked = createBits(batch.length)
  for (const { rule } of rules) if (first.bits[rule] !== undefined) orBits(asked, first.bits[rule])
  const rows = rowsSet(asked, batch.length)
  if (rows.length === 0) return undefined
  const before = rows.length === batch.length ? batch : takeBatch(batch, rows)
  const failing = createPicker(first, rows)
  const mended = repairer.mend(before, failing, (row) => rows[row] as number)
  const unchanged = mended.edits.length === 0
  const second: Findings = unchanged
    ? { bits: first.bits.map((_, rule) => failing(rule)), exempt: undefined }
    : find(mended.batch)
  const findings = {
    bits: first.bits.map((bits, rule) => merged(bits, second.bits[rule], rows, asked)),
    exempt: unchanged ? first.exempt : exemptAfter(first.exempt, second.exempt, () => find(before).exempt),
  }
  return {
    findings,
    passed(stays) {
      const touched = new Set(mended.edits.map(({ column }) => column))
      const columns = batch.columns.map((column, index) => {
        const own = touched.has(index) ? replaceCells(column, rows, mended.batch.columns[index] as Column) : column
        return stays === undefined ? own : own.take(stays)
      })
      const length = stays?.length ?? batch.length
      return touched.size === 0
        ? { ...batch, length, columns }
        : reshaped({ ...batch, length }, columns, emptiedColumns(before, mended, rows, stays, batch.length))
    },
    report(gone, aside, failed) {
      const left = localBits(rows, gone)
      return {
        rows: countChanged(mended, left, rows.length),
        byRule: first.bits.map((_, rule) => countMended(failing(rule), second.bits[rule])),
        audit: auditOf(before, rows, mended.edits, left, key),
        reasons: reasonsFor(rows, aside, failed, mended.batch, (row) => triedOn(rules, row, failing)),
      }
    },
  }
}

/** The bits of `rows` alone, each at its place among them; made when they are asked for. */
function createPicker({ bits }: Findings, rows: Int32Array): (rule: number) => Bits | undefined {
  const known = new Map<number, Bits>()
  return (rule) => {
    const own = bits[rule]
    if (own === undefined) return undefined
    let picked = known.get(rule)
    if (picked === undefined) {
      picked = createBits(rows.length)
      for (let i = 0; i < rows.length; i++) if (hasBit(own, rows[i] as number)) setBit(picked, i)
      known.set(rule, picked)
    }
    return picked
  }
}

function merged(first: Bits | undefined, second: Bits | undefined, rows: Int32Array, asked: Bits): Bits | undefined {
  if (first === undefined && second === undefined) return undefined
  const out = first === undefined ? new Uint8Array(asked.length) : first.map((byte, i) => byte & ~(asked[i] as number))
  if (second !== undefined) for (let i = 0; i < rows.length; i++) if (hasBit(second, i)) setBit(out, rows[i] as number)
  return out.some((byte) => byte !== 0) ? out : undefined
}

/** Of the rows that were judged twice, the second judgement counts. */
function exemptAfter(
  first: readonly number[] | undefined,
  second: readonly number[] | undefined,
  asTheyCame: () => readonly number[] | undefined,
): readonly number[] | undefined {
  if (first === undefined) return second
  const came = asTheyCame()
  return first.map((rows, rule) => rows - (came?.[rule] ?? 0) + (second?.[rule] ?? 0))
}

/** `among` as bits over places in `rows`; both ascend. */
function localBits(rows: Int32Array, among: Int32Array): Bits {
  const bits = createBits(rows.length)
  for (let i = 0, j = 0; i < rows.length && j < among.length; ) {
    if (rows[i] === among[j]) setBit(bits, i)
    if ((rows[i] as number) <= (among[j] as number)) i++
    else j++
  }
  return bits
}

/** Columns in which a row that goes on lost its value. */
function emptiedColumns(
  before: Batch,
  { batch, edits }: Mended,
  rows: Int32Array,
  stays: Int32Array | undefined,
  length: number,
): ReadonlySet<number> {
  const emptied = new Set<number>()
  let staying: Bits | undefined
  for (const { column, rows: changed } of edits) {
    const after = batch.columns[column] as Column
    if (after.nullCount === 0 || emptied.has(column)) continue
    staying ??= stays === undefined ? createBits(length).fill(0xff) : bitsOf(stays, length)
    for (const place of changed) {
      const lost = after.at(place) === null && before.columns[column]?.at(place) !== null
      if (lost && hasBit(staying, rows[place] as number)) emptied.add(column)
    }
  }
  return emptied
}

function bitsOf(rows: Int32Array, length: number): Bits {
  const bits = createBits(length)
  for (const row of rows) setBit(bits, row)
  return bits
}

function countMended(before: Bits | undefined, after: Bits | undefined): number {
  let count = 0
  for (const [i, byte] of before?.entries() ?? []) {
    for (let bits = byte & ~(after?.[i] ?? 0); bits !== 0; bits &= bits - 1) count++
  }
  return count
}

function countChanged({ edits }: Mended, left: Bits, length: number): number {
  const changed = createBits(length)
  for (const { rows } of edits) for (const row of rows) if (!hasBit(left, row)) setBit(changed, row)
  return rowsSet(changed, length).length
}

function reasonsFor(
  rows: Int32Array,
  aside: Int32Array,
  failed: readonly Named[],
  mended: Batch,
  tried: (row: number) => readonly string[],
): ReadonlyMap<number, string> {
  const places = rowsSet(localBits(rows, aside), rows.length)
  if (places.length === 0) return new Map()
  const explained = failed.map(({ bits, name, rule }) => ({ bits, name, explain: rule.explain?.(mended.schema) }))
  return new Map(
    Array.from(places, (place) => {
      const row = rows[place] as number
      const why = explained.flatMap(({ bits, name, explain }) =>
        hasBit(bits, row) ? [explain?.(mended, place) ?? name] : [],
      )
      return [row, [...why, `tried ${tried(place).join(', ')}`].join('; ')]
    }),
  )
}
