import { type Column, DecimalColumn, Int64Column, isValid, TemporalColumn } from '../columns/column.ts'
import { DictionaryColumn } from '../columns/text.ts'
import { canonicalJson } from '../hash/canonical-json.ts'
import { compareBytes, compareNumbers, compareText } from './compare.ts'

/**
 * The permutation that orders rows by their keys, first key first: ascending, text by code points, false before true, NaN after all numbers
 * and null last (as DuckDB and Arquero order by default). Rows with equal keys keep their order. Lists and structs are ordered by their
 * canonical JSON.
 */
export function sortGroups(keys: readonly Column[], count: number): Int32Array {
  const ranks = keys.map((column) => rankRows(column, count))
  const order = Int32Array.from({ length: count }, (_, row) => row)
  const radix = ranks.reduce((product, { distinct }) => product * distinct, 1) * Math.max(1, count)
  if (radix <= Number.MAX_SAFE_INTEGER) return sortPacked(ranks, count)
  return order.sort((a, b) => {
    for (const { rank } of ranks) {
      const difference = (rank[a] as number) - (rank[b] as number)
      if (difference !== 0) return difference
    }
    return a - b
  })
}

interface Ranks {
  readonly rank: Int32Array
  readonly distinct: number
}

/** Ranks and row number in one exact double each: sorting plain numbers needs no comparator. */
function sortPacked(ranks: readonly Ranks[], count: number): Int32Array {
  const packed = new Float64Array(count)
  for (const { rank, distinct } of ranks) {
    for (let row = 0; row < count; row++) packed[row] = (packed[row] as number) * distinct + (rank[row] as number)
  }
  for (let row = 0; row < count; row++) packed[row] = (packed[row] as number) * count + row
  packed.sort()
  const order = new Int32Array(count)
  for (let i = 0; i < count; i++) order[i] = (packed[i] as number) % count
  return order
}

/** The rank of each row's value among the distinct values of the column, null's being the last. */
function rankRows(column: Column, count: number): Ranks {
  if (column instanceof DictionaryColumn && column.dictionary.length < count) return rankDictionary(column, count)
  const compare = comparator(column)
  const present: number[] = []
  for (let row = 0; row < count; row++) if (isPresent(column, row)) present.push(row)
  present.sort(compare)
  const rank = new Int32Array(count)
  let distinct = 0
  present.forEach((row, i) => {
    if (i > 0 && compare(present[i - 1] as number, row) !== 0) distinct++
    rank[row] = distinct
  })
  if (present.length > 0) distinct++
  for (let row = 0; row < count; row++) if (!isPresent(column, row)) rank[row] = distinct
  return { rank, distinct: distinct + 1 }
}

function isPresent(column: Column, row: number): boolean {
  return column.type.kind !== 'null' && isValid(column.validity, row)
}

function rankDictionary({ dictionary, codes, validity }: DictionaryColumn, count: number): Ranks {
  const order = Array.from(dictionary.keys()).sort((a, b) =>
    compareText(dictionary[a] as string, dictionary[b] as string),
  )
  const rankOf = new Int32Array(dictionary.length)
  let distinct = 0
  order.forEach((code, i) => {
    if (i > 0 && dictionary[order[i - 1] as number] !== dictionary[code]) distinct++
    rankOf[code] = distinct
  })
  const last = distinct + 1
  const rank = new Int32Array(count)
  for (let row = 0; row < count; row++)
    rank[row] = isValid(validity, row) ? (rankOf[codes[row] as number] as number) : last
  return { rank, distinct: last + 1 }
}

/** Compares two present rows by their stored values, exactly. */
function comparator(column: Column): (a: number, b: number) => number {
  if (column instanceof Int64Column || column instanceof TemporalColumn) {
    const { values } = column
    return (a, b) => {
      const x = values[a] as bigint
      const y = values[b] as bigint
      return x < y ? -1 : x > y ? 1 : 0
    }
  }
  if (column instanceof DecimalColumn) {
    const cells = Array.from({ length: column.length }, (_, row) => column.unscaled(row))
    return (a, b) => ((cells[a] as bigint) < (cells[b] as bigint) ? -1 : cells[a] === cells[b] ? 0 : 1)
  }
  const at = (row: number) => column.at(row)
  switch (column.type.kind) {
    case 'string':
      return (a, b) => compareText(at(a) as string, at(b) as string)
    case 'binary':
      return (a, b) => compareBytes(at(a) as Uint8Array, at(b) as Uint8Array)
    case 'list':
    case 'struct':
      return (a, b) => compareText(canonicalJson(at(a)), canonicalJson(at(b)))
    default:
      return (a, b) => compareNumbers(Number(at(a)), Number(at(b)))
  }
}
