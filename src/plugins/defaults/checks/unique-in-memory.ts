import { bitsOf } from '../../../kernel/bits.ts'
import type { Batch } from '../../../kernel/columns/batch.ts'
import { type Column, isValid } from '../../../kernel/columns/column.ts'
import { columnIndex } from '../../../kernel/measures/resolve.ts'
import type { TableSchema } from '../../../kernel/types.ts'
import type { Bits, InMemoryRule } from '../../check.ts'
import { repeatedIntegers } from './integer-keys.ts'
import { keyCells, same } from './key-cells.ts'
import { markRow, someAbsent } from './mark.ts'

/** One batch of keys; `present`: rows that count, all without it. */
export interface KeyBatch {
  readonly columns: readonly Column[]
  readonly present: Bits | undefined
  readonly length: number
}

/**
 * Uniqueness over rows in memory: exact. Integers that increase are unique at sight, dense ones are marked in a bitmap of their range; for all other
 * keys a bitmap over 32-bit hashes leaves the few rows that may be repeated, and these are compared with each other.
 */
export function uniqueInMemory(
  schema: TableSchema,
  columns: readonly string[],
  lose: 'all' | 'later',
  name: string,
): InMemoryRule {
  const indexes = columns.map((column) => columnIndex(schema, column, name))
  const batches: KeyBatch[] = []
  return {
    add(batch, gone) {
      const own = indexes.map((index) => batch.columns[index] as Column)
      batches.push({ columns: own, present: presentIn(own, gone, batch), length: batch.length })
    },
    finish: () => repeatedIntegers(batches, lose) ?? repeatedKeys(batches, lose),
  }
}

/** Rows that are not gone and have no null among the columns; undefined for all. */
function presentIn(columns: readonly Column[], gone: Bits | undefined, { length }: Batch): Bits | undefined {
  const size = (length + 7) >> 3
  if (columns.some(({ type }) => type.kind === 'null')) return new Uint8Array(size)
  const validities = columns.flatMap((column) => someAbsent(column) ?? [])
  if (gone === undefined && validities.length <= 1) return validities[0]
  const present = new Uint8Array(size).fill(0xff)
  for (let i = 0; i < size; i++) {
    let byte = gone === undefined ? 0xff : ~(gone[i] as number)
    for (const validity of validities) byte &= validity[i] as number
    present[i] = byte
  }
  return present
}

/** Bits of a key's hash in the first bitmap: at least 16 for each key. */
function sizeFor(rows: number): number {
  return Math.min(31, Math.max(10, 32 - Math.clz32(Math.max(1, rows)) + 4))
}

function repeatedKeys(batches: readonly KeyBatch[], lose: 'all' | 'later'): readonly (Bits | undefined)[] {
  const starts = [0]
  for (const { length } of batches) starts.push((starts.at(-1) as number) + length)
  const hashes = new Int32Array(starts.at(-1) as number)
  const cells = (batches[0]?.columns ?? []).map((_, i) => keyCells(batches.map(({ columns }) => columns[i] as Column)))
  for (const column of cells) column.forEach((own, batch) => void own.mix(hashes, starts[batch] as number))
  const rows = mayRepeat(hashes, batches, starts)
  const found: (Bits | undefined)[] = batches.map(() => undefined)
  const condemn = (row: number) => {
    const batch = batchOf(starts, row)
    const { length } = batches[batch] as KeyBatch
    const bits = found[batch] ?? bitsOf(new Int32Array(0), length)
    markRow(bits, row - (starts[batch] as number))
    found[batch] = bits
  }
  const isSame = (a: number, b: number) => {
    const [x, y] = [batchOf(starts, a), batchOf(starts, b)]
    return cells.every((column) =>
      same(
        column[x] as (typeof column)[number],
        a - (starts[x] as number),
        column[y] as (typeof column)[number],
        b - (starts[y] as number),
      ),
    )
  }
  compareAll(rows, hashes, isSame, (first, later) => {
    condemn(later)
    if (lose === 'all') condemn(first)
  })
  return found
}

/**
 * Rows that may have the hash of another row, ascending. A row whose place in a first bitmap is taken notes its hash in a second, smaller one; every
 * row of such a hash is one.
 */
function mayRepeat(hashes: Int32Array, batches: readonly KeyBatch[], starts: readonly number[]): Int32Array {
  const bits = sizeFor(hashes.length)
  const once = new Int32Array(2 ** (bits - 5))
  const again = new Int32Array(2 ** (bits - 9))
  for (const [batch, { present, length }] of batches.entries())
    note(hashes, starts[batch] as number, length, present, once, again)
  let rows = new Int32Array(1024)
  let count = 0
  for (const [batch, { present, length }] of batches.entries()) {
    if (rows.length < count + length) {
      const larger = new Int32Array(Math.max(2 * rows.length, count + length))
      larger.set(rows)
      rows = larger
    }
    count = collect(hashes, starts[batch] as number, length, present, again, rows, count)
  }
  return rows.subarray(0, count)
}

function note(
  hashes: Int32Array,
  start: number,
  length: number,
  present: Bits | undefined,
  once: Int32Array,
  again: Int32Array,
): void {
  const shift = Math.clz32(once.length * 32 - 1)
  const mask = again.length - 1
  for (let row = 0; row < length; row++) {
    if (present !== undefined && (((present[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const hash = hashes[start + row] as number
    const word = (hash >>> shift) >>> 5
    const bit = 1 << (hash >>> shift)
    const seen = once[word] as number
    once[word] = seen | bit
    if ((seen & bit) !== 0) again[(hash >>> 5) & mask] = (again[(hash >>> 5) & mask] as number) | (1 << hash)
  }
}

function collect(
  hashes: Int32Array,
  start: number,
  length: number,
  present: Bits | undefined,
  again: Int32Array,
  rows: Int32Array,
  from: number,
): number {
  const mask = again.length - 1
  let count = from
  for (let row = 0; row < length; row++) {
    const hash = hashes[start + row] as number
    if ((((again[(hash >>> 5) & mask] as number) >>> hash) & 1) === 0) continue
    if (isValid(present, row)) rows[count++] = start + row
  }
  return count
}

/** Looks each row up among those before it. */
function compareAll(
  rows: Int32Array,
  hashes: Int32Array,
  isSame: (a: number, b: number) => boolean,
  report: (first: number, later: number) => void,
): void {
  let size = 16
  while (size < 2 * rows.length) size *= 2
  const slots = new Int32Array(size).fill(-1)
  const mask = size - 1
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    const hash = hashes[row] as number
    for (let slot = Math.imul(hash, 0x85ebca6b) & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] as number
      if (held < 0) {
        slots[slot] = row
        break
      }
      if (hashes[held] === hash && isSame(held, row)) {
        report(held, row)
        break
      }
    }
  }
}

function batchOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) <= row) low = middle
    else high = middle
  }
  return low
}
