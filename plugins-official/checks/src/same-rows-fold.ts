import {
  type Batch,
  type Bits,
  type Column,
  type Condemnation,
  type CondemnedPart,
  columnIndex,
  columnOf,
  concatBatches,
  display,
  type Field,
  type OtherDataset,
  takeBatch,
} from 'tidegate'
import { bitsFor } from './bits.ts'
import { refuse } from './callable.ts'
import {
  cellOf,
  differenceText,
  markDifferences,
  type Pairs,
  requireComparable,
  type Side,
  sideOf,
} from './cell-differences.ts'
import { unpackKeys } from './key-partial.ts'
import { createKeyTable, type KeyTable, keysOfShare, sharesOf } from './key-table.ts'
import { keyReader, requireAlike } from './key-words.ts'

/** Rows of this dataset held in memory at once, with the compared columns; beyond, both sides are read again for each share of the keys. */
export const rowsAtOnce = 1 << 20
const samples = 3
/** Reasons with values are kept for so many rows; the others are only called different. */
const toldRows = 100_000

export interface Comparison {
  readonly name: string
  readonly key: readonly string[]
  /** Undefined: every column of this dataset. */
  readonly columns: readonly string[] | undefined
  readonly tolerance: (column: string) => number
}

/** One share of this dataset's rows. */
interface Share {
  readonly part: Int32Array
  readonly row: Int32Array
  /** By own row, the number of its key; by key, one own row, how many rows have it here and how many there. */
  readonly number: Int32Array
  readonly owner: Int32Array
  readonly here: Int32Array
  readonly there: Int32Array
  readonly table: KeyTable
  readonly sides: readonly Side[]
}

/**
 * Rows of this dataset that the other one does not have in the same way, by key. Only keys and rows count, never their order on either side.
 */
export async function compareRows(
  given: Comparison,
  parts: readonly CondemnedPart[],
  other: OtherDataset,
  atOnce: number = rowsAtOnce,
): Promise<Condemnation> {
  const { name, key } = given
  const columns = given.columns ?? (await columnsOf(parts)).filter((column) => !key.includes(column))
  const asker = `${name}, in "${other.name}"`
  for (const column of columns) columnIndex(other.schema, column, asker)
  const reader = keyReader(asker, other.schema, key, { nulls: 'value' })
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const shares = sharesOf(rows, atOnce)
  const condemned = new Map<number, Bits>()
  const reasons = new Map<string, string>()
  const extra = createExtra(key)
  for (let share = 0; share < shares; share++) {
    const own = await gather(given, columns, parts, share, shares, (kinds) =>
      requireAlike(name, { columns: key, kinds }, { name: `"${other.name}"`, columns: key, kinds: reader.kinds }),
    )
    const texts = new Map<number, string>()
    for await (const batch of other.batches({ columns: [...new Set([...key, ...columns])] })) {
      const words = reader.words(batch)
      const pairs = match(own, words, keysOfShare(words, share, shares), (at) => extra.add(batch, words, at))
      tellDifferences(given, own, batch, columns, pairs, other.name, texts)
    }
    for (let at = 0; at < own.part.length; at++) {
      const number = own.number[at] as number
      const why = whyWrong(own.here[number] as number, own.there[number] as number, texts.get(at), other.name)
      if (why === undefined) continue
      const [part, row] = [own.part[at] as number, own.row[at] as number]
      const bits = condemned.get(part) ?? bitsFor((parts[part] as CondemnedPart).rows)
      bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
      condemned.set(part, bits)
      if (reasons.size < toldRows) reasons.set(`${part}/${row}`, `${name}: ${why}`)
    }
  }
  const dataset = extra.decision(other.name)
  return {
    rows: condemned,
    reason: (part, row) => reasons.get(`${part}/${row}`),
    ...(dataset === undefined ? {} : { dataset }),
  }
}

function whyWrong(here: number, there: number, difference: string | undefined, other: string): string | undefined {
  if (here > 1) return `its key occurs ${here.toLocaleString('en-US')} times here`
  if (there === 0) return `not in "${other}"`
  if (there > 1) return `its key occurs ${there.toLocaleString('en-US')} times in "${other}"`
  return difference
}

async function columnsOf(parts: readonly CondemnedPart[]): Promise<readonly string[]> {
  for (const part of parts) for await (const { schema } of rowsOf(part)) return schema.fields.map(({ name }) => name)
  return []
}

function rowsOf(part: CondemnedPart, columns?: readonly string[]): AsyncIterable<Batch> {
  if (part.batches !== undefined) return part.batches(columns === undefined ? {} : { columns })
  return refuse(
    'sameRows: the rows of a stream cannot be read back.',
    'Give the rows in memory, or keep them with { split: true }.',
  )
}

async function gather(
  { name, key }: Comparison,
  columns: readonly string[],
  parts: readonly CondemnedPart[],
  share: number,
  shares: number,
  checkKinds: (kinds: readonly string[]) => void,
): Promise<Share> {
  const table = createKeyTable(1024)
  const [part, row, number]: number[][] = [[], [], []]
  const counts: number[] = []
  const owner: number[] = []
  const found: Batch[] = []
  for (const [index, one] of parts.entries()) {
    const { kinds, words: sets } = unpackKeys(await one.partial(), one.rows, name)
    checkKinds(kinds[0] ?? key)
    const words = sets[0] as Int32Array
    const places = keysOfShare(words, share, shares)
    if (places.length === 0) continue
    for (let i = 0; i < places.length; i++) {
      const at = places[i] as number
      const known = table.add(words, at)
      if (counts[known] === undefined) owner[known] = part!.length
      counts[known] = (counts[known] ?? 0) + 1
      part!.push(index)
      row!.push(at >> 2)
      number!.push(known)
    }
    if (columns.length > 0) found.push(...(await taken(one, columns, places, shares === 1)))
  }
  const first = found[0]
  const all = first === undefined ? undefined : concatBatches(first.schema, found)
  return {
    part: Int32Array.from(part!),
    row: Int32Array.from(row!),
    number: Int32Array.from(number!),
    owner: Int32Array.from(owner),
    here: Int32Array.from(counts),
    there: new Int32Array(counts.length),
    table,
    sides: all === undefined ? [] : columns.map((column) => sideOf(all, column)),
  }
}

/** The rows of a part at these places (four to a row), ascending. */
async function taken(
  part: CondemnedPart,
  columns: readonly string[],
  places: Int32Array,
  all: boolean,
): Promise<Batch[]> {
  const found: Batch[] = []
  let [first, at] = [0, 0]
  for await (const batch of rowsOf(part, columns)) {
    const start = at
    while (at < places.length && (places[at] as number) >> 2 < first + batch.length) at++
    if (all && at - start === batch.length) found.push(batch)
    else if (at > start)
      found.push(
        takeBatch(
          batch,
          places.subarray(start, at).map((place) => (place >> 2) - first),
        ),
      )
    first += batch.length
  }
  return found
}

/** Counts the keys of the other side, and pairs rows that occur once on both. */
function match(own: Share, words: Int32Array, places: Int32Array, onlyThere: (at: number) => void): Pairs {
  const pairs = { own: new Int32Array(places.length), other: new Int32Array(places.length), count: 0 }
  for (let i = 0; i < places.length; i++) {
    const at = places[i] as number
    const number = own.table.find(words, at)
    if (number < 0) {
      onlyThere(at)
      continue
    }
    own.there[number] = (own.there[number] as number) + 1
    if (own.here[number] !== 1 || own.there[number] !== 1) continue
    pairs.own[pairs.count] = own.owner[number] as number
    pairs.other[pairs.count++] = at >> 2
  }
  return pairs
}

function tellDifferences(
  { name, tolerance }: Comparison,
  own: Share,
  batch: Batch,
  columns: readonly string[],
  pairs: Pairs,
  other: string,
  texts: Map<number, string>,
): void {
  if (pairs.count === 0) return
  for (const [i, column] of columns.entries()) {
    const here = own.sides[i] as Side
    const there = sideOf(batch, column)
    requireComparable(name, here.field, there.field, other)
    const differs = new Uint8Array(pairs.count)
    markDifferences(here, there, pairs, tolerance(column), differs)
    for (let pair = 0; pair < pairs.count; pair++) {
      if (differs[pair] === 0) continue
      const [a, b] = [pairs.own[pair] as number, pairs.other[pair] as number]
      const before = texts.get(a)
      texts.set(a, `${before === undefined ? '' : `${before}, `}${differenceText(here, a, there, b)}`)
    }
  }
}

/** Rows that only the other side has: how many, and the keys of those whose hashes are least, whatever their order. */
function createExtra(key: readonly string[]) {
  let rows = 0
  const least: { readonly first: number; readonly second: number; readonly text: string }[] = []
  return {
    add(batch: Batch, words: Int32Array, at: number): void {
      rows++
      const [first, second] = [(words[at] as number) >>> 0, (words[at + 1] as number) >>> 0]
      const last = least.at(-1)
      if (least.length === samples && last !== undefined && first >= last.first) return
      const text = key.map((column) => `${column} ${shownKey(batch, column, at >> 2)}`).join(', ')
      if (least.some((one) => one.text === text)) return
      least.push({ first, second, text })
      least.sort((a, b) => a.first - b.first || a.second - b.second)
      least.length = Math.min(least.length, samples)
    },
    decision(other: string) {
      if (rows === 0) return undefined
      const more = rows > least.length ? '; ...' : ''
      const keys = least.map(({ text }) => text).join('; ')
      const counted = rows === 1 ? `1 row of "${other}" is` : `${rows.toLocaleString('en-US')} rows of "${other}" are`
      return { pass: false, observed: `${counted} not here (${keys}${more})` }
    },
  }
}

function shownKey(batch: Batch, column: string, row: number): string {
  const field = batch.schema.fields.find(({ name }) => name === column) as Field
  return display(cellOf(columnOf(batch, column) as Column, row), field)
}
