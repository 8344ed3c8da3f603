import { type Found, findColumn, isMissing, keyOf } from '../cells/cells.ts'
import { type Range, within } from '../cells/order.ts'
import { readCondition } from '../condition/condition.ts'
import type { Given, Plain } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'
import { type Define, expected, unexpected } from './definition.ts'
import { type Holds, perCell, readMostly } from './per-cell.ts'
import { type Bounds, rangeFor, readBounds } from './range.ts'

/** Null or not null: every row is judged, whatever it holds. */
const nullness =
  (wantsNull: boolean): Define =>
  (given) => {
    const column = given.text('column')
    return {
      kind: 'row',
      shape: 'column',
      columns: [column],
      ignore: 'any',
      judgesNull: true,
      condition: readCondition(given),
      mostly: readMostly(given),
      open(schema) {
        const found = findColumn(schema, column, given.type)
        return (batch, states) => {
          const cells = found.of(batch)
          for (let row = 0; row < states.length; row++)
            if (states[row] === expected && isMissing(cells, row) !== wantsNull) states[row] = unexpected
        }
      },
    }
  }

const between: Define = (given) => {
  const bounds = readBounds(given, true)
  const parses = parsesTimes(given)
  if (given.flag('allow_cross_type_comparisons'))
    given.refuse('allow_cross_type_comparisons is not implemented, nor is it by Great Expectations')
  return perCell(given, (found) =>
    parses ? timesWithin(bounds, found, given.type) : inRange(rangeFor(bounds, found, given.type)),
  )
}

function inRange(range: Range): Holds {
  return (cell) => within(cell, range)
}

/** `parse_strings_as_datetimes`: bounds and texts are read as times; a text that is none is unexpected. */
function timesWithin(bounds: Bounds, found: Found, check: string): Holds {
  if (found.family !== 'text') return inRange(rangeFor(bounds, found, check))
  const range = rangeFor(bounds, { ...found, family: 'instant' }, check)
  return (cell) => {
    const time = parseDate(String(cell))
    return time !== undefined && within(time, range)
  }
}

/** 0.18 only; 1.x has no such kwarg, so there it is left unread and refused as unknown. */
export function parsesTimes(given: Given): boolean {
  return given.dialect === '0.18' && given.flag('parse_strings_as_datetimes')
}

const inSet =
  (wanted: boolean): Define =>
  (given) => {
    parsesTimes(given)
    const values = given.plains('value_set')
    if (values === undefined && !given.has('value_set')) given.refuse('needs value_set, a list of plain values')
    return perCell(given, (found) => {
      const keys = keysFor(values ?? [], found)
      return (cell) => keys.has(keyOf(cell)) === wanted
    })
  }

/** Beside a column of times, texts are times. */
export function keysFor(values: readonly Plain[], { family }: Pick<Found, 'family'>): ReadonlySet<string> {
  const fit = (value: Plain) =>
    family === 'instant' && typeof value === 'string' ? (parseDate(value) ?? value) : value
  return new Set(values.map((value) => keyOf(fit(value))))
}

export const valueRules: Readonly<Record<string, Define>> = {
  expect_column_values_to_not_be_null: nullness(false),
  expect_column_values_to_be_null: nullness(true),
  expect_column_values_to_be_between: between,
  expect_column_values_to_be_in_set: inSet(true),
  expect_column_values_to_not_be_in_set: inSet(false),
}
