import type { Batch, Column, TableSchema } from 'tidegate'
import { type Cell, cellAt, type Found, findColumn, keyOf, mismatch } from '../cells/cells.ts'
import { compareCells } from '../cells/order.ts'
import { readCondition } from '../condition/condition.ts'
import type { Given } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'
import { type Define, expected, type Ignore, type RowDefinition, unexpected } from './definition.ts'
import { readMostly } from './per-cell.ts'
import { parsesTimes } from './values.ts'

type HoldsAll = (cells: readonly Cell[]) => boolean

const pairWords = { both_values_are_missing: 'all', either_value_is_missing: 'any', neither: 'never' } as const
const listWords = { all_values_are_missing: 'all', any_value_is_missing: 'any', never: 'never' } as const

/** An expectation about two columns, `column_A` and `column_B`. */
function pair(given: Given, make: (a: Found, b: Found) => HoldsAll): RowDefinition {
  const word = given.oneOf(
    'ignore_row_if',
    Object.keys(pairWords) as (keyof typeof pairWords)[],
    'both_values_are_missing',
  )
  return together(given, 'pair', [given.text('column_A'), given.text('column_B')], pairWords[word], ([a, b]) =>
    make(a as Found, b as Found),
  )
}

export function listOf(given: Given): { readonly columns: readonly string[]; readonly ignore: Ignore } {
  const word = given.oneOf(
    'ignore_row_if',
    Object.keys(listWords) as (keyof typeof listWords)[],
    'all_values_are_missing',
  )
  const columns = given.texts('column_list')
  if (columns.length < 2) given.refuse('column_list needs two columns or more')
  return { columns, ignore: listWords[word] }
}

function several(given: Given, make: (found: readonly Found[]) => HoldsAll): RowDefinition {
  const { columns, ignore } = listOf(given)
  return together(given, 'several', columns, ignore, make)
}

function together(
  given: Given,
  shape: 'pair' | 'several',
  columns: readonly string[],
  ignore: Ignore,
  make: (found: readonly Found[]) => HoldsAll,
): RowDefinition {
  return {
    kind: 'row',
    shape,
    columns,
    ignore,
    condition: readCondition(given),
    mostly: readMostly(given),
    open(schema: TableSchema) {
      const found = columns.map((name) => findColumn(schema, name, given.type))
      const holds = make(found)
      const cells: Cell[] = found.map(() => null) // one list for all rows: a predicate keeps nothing
      return (batch: Batch, states) => {
        const read = found.map((one) => one.of(batch))
        for (let row = 0; row < states.length; row++) {
          if (states[row] !== expected) continue
          for (let i = 0; i < read.length; i++) cells[i] = cellAt(read[i] as Column, row)
          if (!holds(cells)) states[row] = unexpected
        }
      }
    },
  }
}

/** Absent is equal to nothing, not even to absent. */
const equal: Define = (given) =>
  pair(
    given,
    () =>
      ([a, b]) =>
        a !== null && b !== null && keyOf(a as Cell) === keyOf(b as Cell),
  )

const greater: Define = (given) => {
  const orEqual = given.flag('or_equal')
  const parses = parsesTimes(given)
  if (given.dialect === '0.18' && given.flag('allow_cross_type_comparisons'))
    given.refuse('allow_cross_type_comparisons is not implemented, nor is it by Great Expectations')
  return pair(given, (a, b) => {
    if ((a.family === 'text') !== (b.family === 'text')) throw mismatch(given.type, a, `the kind of "${b.field.name}"`)
    const value = (cell: Cell) => (parses && typeof cell === 'string' ? (parseDate(cell) ?? null) : cell)
    return (cells) => {
      const [x, y] = [value(cells[0] as Cell), value(cells[1] as Cell)]
      if (x === null || y === null) return false
      const side = compareCells(x, y)
      return side > 0 || (orEqual && side === 0)
    }
  })
}

const inPairs: Define = (given) => {
  const pairs = given.value('value_pairs_set')
  const fits = Array.isArray(pairs) && pairs.every((one) => Array.isArray(one) && one.length === 2)
  if (!fits) given.refuse('value_pairs_set takes a list of pairs')
  return pair(given, (a, b) => {
    const key = (value: unknown, { family }: Found) =>
      keyOf(family === 'instant' && typeof value === 'string' ? (parseDate(value) ?? value) : (value as Cell))
    const keys = new Set((fits ? pairs : []).map(([x, y]) => `${key(x, a)}\0${key(y, b)}`))
    return ([x, y]) => keys.has(`${keyOf(x as Cell)}\0${keyOf(y as Cell)}`)
  })
}

/** A sum with an absent part is unknown, and equals nothing. */
const sumEquals: Define = (given) => {
  const total = given.number('sum_total')
  return several(given, (found) => {
    for (const one of found)
      if (one.family !== 'number' && one.family !== 'boolean') throw mismatch(given.type, one, 'columns of numbers')
    return (cells) => {
      let sum = 0
      for (const cell of cells) {
        if (cell === null) return false
        sum += Number(cell)
      }
      return sum === total
    }
  })
}

/** Absent equals absent here. */
const allEqual: Define = (given) =>
  several(given, () => (cells) => {
    const first = keyOf(cells[0] as Cell)
    return cells.every((cell) => keyOf(cell) === first)
  })

/** No two cells of the row are the same; two absent ones are. */
const distinctInRow: Define = (given) =>
  several(given, () => (cells) => new Set(cells.map(keyOf)).size === cells.length)

export const severalRules: Readonly<Record<string, Define>> = {
  expect_column_pair_values_to_be_equal: equal,
  expect_column_pair_values_a_to_be_greater_than_b: greater,
  expect_column_pair_values_to_be_in_set: inPairs,
  expect_multicolumn_sum_to_equal: sumEquals,
  expect_multicolumn_values_to_be_equal: allEqual,
  expect_select_column_values_to_be_unique_within_record: distinctInRow,
}
