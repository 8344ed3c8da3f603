import { isValid } from '../../columns/column.ts'
import { gather } from '../../columns/gather.ts'
import { wordsOf } from '../../columns/int64.ts'
import type { BytesColumn } from '../../columns/text.ts'
import type { CellView } from '../cells/view.ts'
import { areManyTexts, numberTextsApart } from '../distinct/text-partitions.ts'
import { createTextTable, numberTexts } from '../distinct/texts.ts'
import { compareBytes, prefixWord } from './bytes.ts'

/** One sort key at certain rows: unsigned words that order as the cells do, the most significant first. */
export interface SortKey {
  readonly words: readonly SortWord[]
  /** Decides between two positions that agree in all words; absent where words tell everything. */
  readonly rest?: (a: number, b: number) => number
}

/** One word a position, each below 2^bits. */
export interface SortWord {
  readonly values: Uint32Array
  readonly bits: number
}

/**
 * The key of the cells at `rows` (all of them without it) in Arquero's order: absent first, then NaN, then by `<`; 0 and -0 are equal. Descending is
 * the exact reverse, except that equal cells stay in place.
 */
export function sortKey(view: CellView, rows: Int32Array | undefined, desc: boolean): SortKey {
  const key = ascending(view, rows)
  if (!desc) return key
  for (const { values, bits } of key.words) {
    const most = bits === 32 ? 0xffffffff : 2 ** bits - 1
    for (let i = 0; i < values.length; i++) values[i] = most - (values[i] as number)
  }
  const { rest } = key
  return rest === undefined ? key : { words: key.words, rest: (a, b) => rest(b, a) }
}

function ascending(view: CellView, rows: Int32Array | undefined): SortKey {
  if (view.kind === 'number') return { words: numberWords(view.values, view.validity, rows) }
  if (view.kind === 'bigint') return { words: bigintWords(view.column.values, view.validity, rows) }
  if (view.kind === 'bytes' && !repeats(view.column, rows)) return textKey(view.column, rows)
  const { codes, count, texts } = view.kind === 'codes' ? ofDictionary(view) : ofBytes(view)
  return { words: [rankWord(codes, count, texts, rows)] }
}

function numberWords(all: Float64Array, validity: Uint8Array | undefined, rows: Int32Array | undefined): SortWord[] {
  const values = rows === undefined ? all : gather(all, rows)
  const n = values.length
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let whole = true
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    if (value < least) least = value
    if (value > most) most = value
    if (value !== Math.floor(value) && !Number.isNaN(value)) whole = false
  }
  if (least > most) least = most = 0
  const span = most - least
  const words = whole && span < 0xfffffff0 ? [spanWord(values, least, span)] : doubleWords(values)
  if (validity === undefined) return words
  for (let i = 0; i < n; i++) {
    if (!isValid(validity, rows === undefined ? i : (rows[i] as number))) for (const word of words) word.values[i] = 0
  }
  return words
}

/** Whole numbers in a narrow range: 0 is kept for absent cells, 1 for NaN. */
function spanWord(values: Float64Array, least: number, span: number): SortWord {
  const n = values.length
  const out = new Uint32Array(n)
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    out[i] = !Number.isNaN(value) ? value - least + 2 : 1
  }
  return { values: out, bits: 32 - Math.clz32(span + 2) }
}

/** IEEE 754 doubles order as their bits do once the sign is turned and negative numbers are inverted; 0 0 is kept for absent cells, 0 1 for NaN. */
function doubleWords(values: Float64Array): SortWord[] {
  const n = values.length
  const bits = new Uint32Array(values.buffer, values.byteOffset, n * 2)
  const upper = new Uint32Array(n)
  const lower = new Uint32Array(n)
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    const high = bits[2 * i + 1] as number
    const low = bits[2 * i] as number
    if (Number.isNaN(value)) {
      lower[i] = 1
    } else if (value === 0) {
      upper[i] = 0x80000000
    } else if (high >= 0x80000000) {
      upper[i] = ~high
      lower[i] = ~low
    } else {
      upper[i] = high | 0x80000000
      lower[i] = low
    }
  }
  return [
    { values: upper, bits: 32 },
    { values: lower, bits: 32 },
  ]
}

function bigintWords(
  integers: BigInt64Array | BigUint64Array,
  validity: Uint8Array | undefined,
  rows: Int32Array | undefined,
): SortWord[] {
  const words = wordsOf(integers)
  const turned = integers instanceof BigInt64Array ? 0x80000000 : 0
  const n = rows?.length ?? integers.length
  const [known, upper, lower] = [new Uint32Array(n), new Uint32Array(n), new Uint32Array(n)]
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    if (validity !== undefined && !isValid(validity, row)) continue
    known[i] = 1
    upper[i] = (words[2 * row + 1] as number) ^ turned
    lower[i] = words[2 * row] as number
  }
  const all = [
    { values: upper, bits: 32 },
    { values: lower, bits: 32 },
  ]
  return validity === undefined ? all : [{ values: known, bits: 1 }, ...all]
}

interface Coded {
  readonly codes: ArrayLike<number>
  readonly count: number
  /** The text of a code; undefined for absent cells. */
  readonly texts: (code: number) => string | undefined
}

function ofDictionary(view: Extract<CellView, { kind: 'codes' }>): Coded {
  const { codes, dictionary, validity, length } = view.column
  const width = dictionary.length
  const ids = new Int32Array(length)
  for (let i = 0; i < length; i++) ids[i] = isValid(validity, i) ? Math.min(codes[i] as number, width) : width
  return { codes: ids, count: width + 1, texts: (code) => dictionary[code] }
}

function ofBytes(view: Extract<CellView, { kind: 'bytes' }>): Coded {
  const { ids, count, first } = areManyTexts(view.column)
    ? numberTextsApart(view.column)
    : numberTexts(createTextTable(), view.column, undefined, true)
  const texts = view.column.take(first)
  const strings = texts.strings()
  return { codes: ids, count, texts: (code) => (isValid(texts.validity, code) ? strings[code] : undefined) }
}

/** Ranks the distinct texts that occur once, then looks up. */
function rankWord(
  codes: ArrayLike<number>,
  count: number,
  texts: (code: number) => string | undefined,
  rows: Int32Array | undefined,
): SortWord {
  const n = rows?.length ?? codes.length
  const used = new Uint8Array(count)
  for (let i = 0; i < n; i++) used[codes[rows === undefined ? i : (rows[i] as number)] as number] = 1
  const distinct: { readonly code: number; readonly text: string }[] = []
  for (let code = 0; code < count; code++) {
    const text = used[code] === 1 ? texts(code) : undefined
    if (text !== undefined) distinct.push({ code, text })
  }
  distinct.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
  const ranks = new Uint32Array(count)
  let rank = 0
  distinct.forEach(({ code, text }, i) => {
    if (i === 0 || text !== distinct[i - 1]?.text) rank++
    ranks[code] = rank
  })
  const values = new Uint32Array(n)
  for (let i = 0; i < n; i++) values[i] = ranks[codes[rows === undefined ? i : (rows[i] as number)] as number] as number
  return { values, bits: Math.max(1, 32 - Math.clz32(rank)) }
}

const sampled = 512

/** Whether texts occur often enough for their codes to be worth making: judged by a sample, which decides the way, never the result. */
function repeats(column: BytesColumn, rows: Int32Array | undefined): boolean {
  const n = rows?.length ?? column.length
  if (n < 4 * sampled) return false
  const { offsets, bytes } = column
  const seen = new Set<number>()
  const step = Math.floor(n / sampled)
  for (let i = 0; i < sampled; i++) {
    const row = rows === undefined ? i * step : (rows[i * step] as number)
    let hash = 0
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++)
      hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
    seen.add(hash)
  }
  return seen.size < sampled * 0.75
}

/** The eight bytes after what all texts begin with, then the rest byte by byte. */
function textKey(column: BytesColumn, rows: Int32Array | undefined): SortKey {
  const { offsets, bytes, validity } = column
  const n = rows?.length ?? column.length
  let first = -1
  let shared = 0
  let longest = 0
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    if (validity !== undefined && !isValid(validity, row)) continue
    const start = offsets[row] as number
    const size = (offsets[row + 1] as number) - start
    if (size > longest) longest = size
    if (first < 0) {
      first = start
      shared = size
    }
    let same = 0
    const most = Math.min(shared, size)
    while (same < most && bytes[first + same] === bytes[start + same]) same++
    shared = same
  }
  const count = Math.max(1, Math.min(2, Math.ceil((longest - shared) / 4)))
  const words = Array.from({ length: count }, (): SortWord => ({ values: new Uint32Array(n), bits: 32 }))
  const absent = validity === undefined ? undefined : { values: new Uint32Array(n), bits: 1 }
  for (let w = 0; w < count; w++) {
    const { values } = words[w] as SortWord
    const skip = shared + 4 * w
    for (let i = 0; i < n; i++) {
      const row = rows === undefined ? i : (rows[i] as number)
      if (validity !== undefined && !isValid(validity, row)) continue
      values[i] = prefixWord(bytes, (offsets[row] as number) + skip, offsets[row + 1] as number)
    }
  }
  if (absent !== undefined && validity !== undefined) {
    for (let i = 0; i < n; i++)
      absent.values[i] = isValid(validity, rows === undefined ? i : (rows[i] as number)) ? 1 : 0
  }
  const all = absent === undefined ? words : [absent, ...words]
  const skip = shared + 4 * count
  if (longest <= skip) return { words: all }
  const rowOf = (position: number) => (rows === undefined ? position : (rows[position] as number))
  const rest = (a: number, b: number) =>
    isValid(validity, rowOf(a)) ? compareBytes(column, rowOf(a), rowOf(b), skip) : 0
  return { words: all, rest }
}
