import type { Batch } from '../columns/batch.ts'
import type { Column } from '../columns/column.ts'
import { type ColumnWords, columnWords, type HashMode } from './column-words.ts'
import { finishAll, fmix } from './murmur.ts'

// Constants of MurmurHash3_x86_128; own ones, since reading an imported binding costs in a hot loop.
const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

/**
 * 128 bits for each row over the given columns (all by default), four words a row: row i has `[4 * i .. 4 * i + 4)`. The same on every
 * machine and for every encoding of the same values. Values of different columns, and null, count apart; -0 and 0 differ, NaN is one value;
 * integers of different widths agree (types belong to the content hash). Mixing follows MurmurHash3_x86_128, column by column.
 */
export function rowHashes(batch: Batch, columnIndexes?: readonly number[]): Uint32Array {
  const columns =
    columnIndexes === undefined ? batch.columns : columnIndexes.map((index) => batch.columns[index] as Column)
  return hashColumns(columns, batch.length, 'content')
}

/** As `rowHashes`, but -0 equals 0: for grouping, uniqueness and buckets. */
export function keyHashes(columns: readonly Column[]): Uint32Array {
  return hashColumns(columns, columns[0]?.length ?? 0, 'key')
}

/** The first 8 bits of each row's key hash: stable across encodings, sessions and machines. */
export function hashPrefix(columns: readonly Column[]): Uint8Array {
  const hashes = keyHashes(columns)
  const prefix = new Uint8Array(hashes.length >> 2)
  for (let i = 0; i < prefix.length; i++) prefix[i] = (hashes[4 * i] as number) >>> 24
  return prefix
}

/** The bucket of a prefix among `buckets`, a power of two up to 256: its leading bits, so that halving the count joins neighbours. */
export function bucketOf(prefix: number, buckets: number): number {
  return Math.floor((prefix * buckets) / 256)
}

/** 32 hex digits of row `row`: the `_key` of a quarantined row. */
export function rowKey(hashes: Uint32Array, row: number): string {
  let text = ''
  for (let i = 4 * row; i < 4 * row + 4; i++) {
    const word = hashes[i] as number
    text += `${hex[word >>> 24]}${hex[(word >>> 16) & 0xff]}${hex[(word >>> 8) & 0xff]}${hex[word & 0xff]}`
  }
  return text
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hashColumns(columns: readonly Column[], length: number, mode: HashMode): Uint32Array {
  const out = new Int32Array(4 * length)
  columns.forEach((column, position) => {
    const given = columnWords(column, mode)
    const lane = (position & 1) << 1
    const seed = fmix(position + 1)
    const validity = column.nullCount === 0 ? undefined : column.validity
    const present = validity ?? (column.type.kind === 'null' ? new Uint8Array((length + 7) >> 3) : undefined)
    if (given.codes !== undefined) absorbCodes(out, given.words, given.codes, present, lane, seed)
    else if (given.width === 4) absorbWide(out, given.words, length, present, lane, seed)
    else absorbPairs(out, given.words, length, present, lane, seed)
  })
  finishAll(out, columns.length)
  return new Uint32Array(out.buffer)
}

/** Takes two words into the lanes `a` and `a + 1` of a row; `next` is the first lane of the other half. */
function absorb(out: Int32Array, a: number, next: number, first: number, second: number): void {
  let k = Math.imul(first, C1)
  let low = (out[a] as number) ^ Math.imul((k << 15) | (k >>> 17), C2)
  const high = out[a + 1] as number
  low = (Math.imul((((low << 19) | (low >>> 13)) + high) | 0, 5) + 0x561ccd1b) | 0
  k = Math.imul(second, C2)
  const mixed = high ^ Math.imul((k << 16) | (k >>> 16), C3)
  out[a] = low
  out[a + 1] = (Math.imul((((mixed << 17) | (mixed >>> 15)) + (out[next] as number)) | 0, 5) + 0x0bcaa747) | 0
}

/** Absence goes its own way through the lanes, so that no value stands for it. */
function absorbNull(out: Int32Array, a: number, seed: number): void {
  const low = out[a] as number
  out[a] = (Math.imul(((low << 11) | (low >>> 21)) ^ seed, C4) + 0x16cd1c35) | 0
  out[a + 1] = (Math.imul((out[a + 1] as number) ^ C3, C1) + 0x32ac3b17) | 0
}

type Words = ColumnWords['words']

function absorbPairs(
  out: Int32Array,
  words: Words,
  n: number,
  validity: Uint8Array | undefined,
  lane: number,
  seed: number,
): void {
  const other = lane ^ 2
  for (let i = 0; i < n; i++) {
    const row = 4 * i
    if (validity !== undefined && (((validity[i >> 3] as number) >> (i & 7)) & 1) === 0)
      absorbNull(out, row + lane, seed)
    else absorb(out, row + lane, row + other, (words[2 * i] as number) ^ seed, words[2 * i + 1] as number)
  }
}

function absorbWide(
  out: Int32Array,
  words: Words,
  n: number,
  validity: Uint8Array | undefined,
  lane: number,
  seed: number,
): void {
  const other = lane ^ 2
  for (let i = 0; i < n; i++) {
    const row = 4 * i
    if (validity !== undefined && (((validity[i >> 3] as number) >> (i & 7)) & 1) === 0) {
      absorbNull(out, row + lane, seed)
      continue
    }
    absorb(out, row + lane, row + other, (words[row] as number) ^ seed, words[row + 1] as number)
    absorb(out, row + other, row + lane, words[row + 2] as number, words[row + 3] as number)
  }
}

type Codes = NonNullable<ColumnWords['codes']>

function absorbCodes(
  out: Int32Array,
  words: Words,
  codes: Codes,
  validity: Uint8Array | undefined,
  lane: number,
  seed: number,
): void {
  const other = lane ^ 2
  const n = codes.length
  for (let i = 0; i < n; i++) {
    const row = 4 * i
    if (validity !== undefined && (((validity[i >> 3] as number) >> (i & 7)) & 1) === 0) {
      absorbNull(out, row + lane, seed)
      continue
    }
    const at = 4 * (codes[i] as number)
    absorb(out, row + lane, row + other, (words[at] as number) ^ seed, words[at + 1] as number)
    absorb(out, row + other, row + lane, words[at + 2] as number, words[at + 3] as number)
  }
}
