import type { TableSchema } from 'tidegate'
import { readCondition } from '../condition/condition.ts'
import type { Given } from '../suite/given.ts'
import { type Counts, collectCounts, collectSchema } from './collect.ts'
import type { AggregateDefinition, Answer, Define } from './definition.ts'
import { readBounds } from './range.ts'
import { numberWithin } from './statistics.ts'

function ofNames(answer: (names: readonly string[]) => Answer): AggregateDefinition {
  return {
    kind: 'aggregate',
    columns: [],
    condition: undefined,
    open: (schema) => collectSchema(schema),
    answer: (schema) => answer((schema as TableSchema).fields.map(({ name }) => name)),
  }
}

function ofRows(given: Given, answer: (rows: number) => Answer): AggregateDefinition {
  return {
    kind: 'aggregate',
    columns: [],
    condition: readCondition(given),
    open: collectCounts,
    answer: (counts) => answer((counts as Counts).rows),
  }
}

/** An index of 0 is not looked at, as in Great Expectations; a negative one counts from the end. */
const exists: Define = (given) => {
  const column = given.text('column')
  const index = given.optionalNumber('column_index')
  return ofNames((names) => ({ success: index ? names.at(index) === column : names.includes(column), result: {} }))
}

const rowsBetween: Define = (given) => {
  const bounds = readBounds(given)
  return ofRows(given, (rows) => numberWithin(rows, bounds, given.type))
}

const rowsEqual: Define = (given) => {
  const value = given.number('value')
  return ofRows(given, (rows) => ({ success: rows === value, result: { observed_value: rows } }))
}

const columnsBetween: Define = (given) => {
  const bounds = readBounds(given)
  return ofNames(({ length }) => numberWithin(length, bounds, given.type))
}

const columnsEqual: Define = (given) => {
  const value = given.number('value')
  return ofNames(({ length }) => ({ success: length === value, result: { observed_value: length } }))
}

const orderedList: Define = (given) => {
  const wanted = given.has('column_list') ? given.texts('column_list') : undefined
  return ofNames((names) => {
    const places = Array.from({ length: Math.max(names.length, wanted?.length ?? 0) }, (_, place) => place)
    const mismatched = places
      .filter((place) => wanted?.[place] !== names[place])
      .map((place) => ({
        'Expected Column Position': place,
        Expected: wanted?.[place] ?? null,
        Found: names[place] ?? null,
      }))
    if (wanted === undefined || mismatched.length === 0) return { success: true, result: { observed_value: names } }
    return { success: false, result: { observed_value: names, details: { mismatched } } }
  })
}

const columnSet: Define = (given) => {
  const wanted = new Set(given.has('column_set') ? given.texts('column_set') : [])
  const exact = given.flag('exact_match', true)
  return ofNames((names) => {
    const extra = names.filter((name) => !wanted.has(name)).sort()
    const missing = [...wanted].filter((name) => !names.includes(name)).sort()
    const observed = { observed_value: [...names].sort() }
    if (extra.length + missing.length === 0) return { success: true, result: observed }
    const mismatched = {
      ...(extra.length > 0 ? { unexpected: extra } : {}),
      ...(missing.length > 0 ? { missing } : {}),
    }
    return { success: !exact && missing.length === 0, result: { ...observed, details: { mismatched } } }
  })
}

const otherTable: Define = (given) => ({
  kind: 'other table',
  columns: [],
  condition: readCondition(given),
  table: given.text('other_table_name'),
})

export const tableRules: Readonly<Record<string, Define>> = {
  expect_column_to_exist: exists,
  expect_table_row_count_to_be_between: rowsBetween,
  expect_table_row_count_to_equal: rowsEqual,
  expect_table_row_count_to_equal_other_table: otherTable,
  expect_table_column_count_to_be_between: columnsBetween,
  expect_table_column_count_to_equal: columnsEqual,
  expect_table_columns_to_match_ordered_list: orderedList,
  expect_table_columns_to_match_set: columnSet,
}
