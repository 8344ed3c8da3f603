import { createHash } from 'node:crypto'
import type { Column } from 'tidegate'
import { type Cell, cellAt, type Found, findColumn, keyOf, mismatch } from '../cells/cells.ts'
import { readCondition } from '../condition/condition.ts'
import type { Given } from '../suite/given.ts'
import { parseDate } from '../text/date-parse.ts'
import { type Define, expected, type Ignore, type WholeDefinition } from './definition.ts'
import { describe, type Moments, quantileOf } from './moments.ts'
import { readMostly } from './per-cell.ts'
import { listOf } from './several.ts'
import { parsesTimes } from './values.ts'

/** No two rows have the same values. Numbers alone are compared as they are, all else by 128-bit hashes; NaN is absent, absent equals absent. */
function unique(
  given: Given,
  shape: 'column' | 'several',
  columns: readonly string[],
  ignore: Ignore,
): WholeDefinition {
  return {
    kind: 'whole',
    shape,
    columns,
    ignore,
    condition: readCondition(given),
    mostly: readMostly(given),
    width: 16,
    open(schema) {
      const found = columns.map((name) => findColumn(schema, name, given.type))
      return (batch, states, marks) => {
        const read = found.map((one) => one.of(batch))
        const only = read.length === 1 ? (read[0] as Column) : undefined
        let at = 0
        for (let row = 0; row < states.length; row++) {
          if (states[row] !== expected) continue
          if (only === undefined)
            markHash(
              read.map((column) => cellAt(column, row)),
              marks,
              at,
            )
          else markCell(cellAt(only, row), marks, at)
          at += 16
        }
      }
    },
    decide(marks, rows) {
      const out = new Uint8Array(rows)
      const first = new Map<bigint, number>()
      for (let row = 0; row < rows; row++) {
        // What differs stands in the low word: a Map looks at that one alone.
        const key = (marks.getBigUint64(row * 16 + 8) << 64n) | marks.getBigUint64(row * 16)
        const before = first.get(key)
        if (before === undefined) first.set(key, row)
        else out[before] = out[row] = 1
      }
      return out
    },
  }
}

/** Numbers as they are: a column has one type, so what follows them says that they are no hash. */
function markCell(cell: Cell, marks: DataView, at: number): void {
  if (typeof cell === 'string' || cell === null) {
    markHash([cell], marks, at)
    return
  }
  if (typeof cell === 'bigint') marks.setBigUint64(at, BigInt.asUintN(64, cell))
  else marks.setFloat64(at, Number(cell) + 0) // -0 is 0
  marks.setBigUint64(at + 8, 0n)
}

function markHash(cells: readonly Cell[], marks: DataView, at: number): void {
  const key = cells.map((cell) => keyOf(cell).replaceAll('\0', '\0\0')).join('\0;')
  const hash = createHash('sha256').update(key).digest()
  for (let i = 0; i < 16; i++) marks.setUint8(at + i, hash[i] as number)
}

/** What each row to judge leaves behind: a number, in two parts where 64-bit integers need it. */
function numbers(
  given: Given,
  reads: (found: Found) => (cell: Cell) => number | bigint,
  decide: WholeDefinition['decide'],
): WholeDefinition {
  const column = given.text('column')
  return {
    kind: 'whole',
    shape: 'column',
    columns: [column],
    ignore: 'any',
    condition: readCondition(given),
    mostly: readMostly(given),
    width: 16,
    decide,
    open(schema) {
      const found = findColumn(schema, column, given.type)
      const read = reads(found)
      return (batch, states, marks) => {
        const cells: Column = found.of(batch)
        let at = 0
        for (let row = 0; row < states.length; row++) {
          if (states[row] !== expected) continue
          const value = read(cellAt(cells, row))
          const high = typeof value === 'bigint' ? Number(value >> 32n) * 2 ** 32 : value
          marks.setFloat64(at, high)
          marks.setFloat64(at + 8, typeof value === 'bigint' ? Number(value & 0xffff_ffffn) : 0)
          at += 16
        }
      }
    },
  }
}

/** Each value is compared with the one before it; the first, and what follows a text that is no time, has nothing to break. */
const ordered =
  (sign: 1 | -1): Define =>
  (given) => {
    const strictly = given.flag('strictly')
    const parses = parsesTimes(given)
    const reads = (found: Found) => {
      if (found.family === 'text' && parses) return (cell: Cell) => parseDate(String(cell)) ?? Number.NaN
      if (found.family === 'text' || found.family === 'other') throw mismatch(given.type, found, 'numbers or times')
      return (cell: Cell) => (typeof cell === 'bigint' ? cell : Number(cell))
    }
    return numbers(given, reads, (marks, rows) => {
      const out = new Uint8Array(rows)
      for (let row = 0; row < rows; row++) {
        const high = marks.getFloat64(row * 16)
        if (Number.isNaN(high)) out[row] = 1
        if (row === 0) continue
        const step = high - marks.getFloat64(row * 16 - 16)
        const side = (step === 0 ? marks.getFloat64(row * 16 + 8) - marks.getFloat64(row * 16 - 8) : step) * sign
        if (strictly ? side <= 0 : side < 0) out[row] = 1
      }
      return out
    })
  }

function onlyNumbers(given: Given): (found: Found) => (cell: Cell) => number {
  return (found) => {
    if (found.family !== 'number' && found.family !== 'boolean')
      throw mismatch(given.type, found, 'a column of numbers')
    return (cell) => Number(cell)
  }
}

function valuesOf(marks: DataView, rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => marks.getFloat64(row * 16))
}

/** (x - mean) / standard deviation, both of the sample. Without a deviation 1.x lets every value pass, 0.18 none. */
const zScores: Define = (given) => {
  const threshold = given.number('threshold')
  const doubleSided = given.flag('double_sided', true)
  return numbers(given, onlyNumbers(given), (marks, rows) => {
    const values = valuesOf(marks, rows)
    const { mean, stdev } = describe(values)
    const flat = given.dialect === '1' && (stdev === 0 || Number.isNaN(stdev))
    return Uint8Array.from(values, (value) => {
      const z = (value - mean) / stdev
      return flat || (doubleSided ? Math.abs(z) < Math.abs(threshold) : z < threshold) ? 0 : 1
    })
  })
}

const outliers: Define = (given) => {
  const method = given.oneOf('method', ['iqr', 'std'], 'iqr')
  const multiplier = given.number('multiplier', 1.5)
  return numbers(given, onlyNumbers(given), (marks, rows) => {
    const values = valuesOf(marks, rows)
    const holds = method === 'iqr' ? inQuartiles(values, multiplier) : nearMean(describe(values), multiplier)
    return Uint8Array.from(values, (value) => (holds(value) ? 0 : 1))
  })
}

function inQuartiles(values: Float64Array, multiplier: number): (value: number) => boolean {
  const sorted = values.toSorted()
  const [low, high] = [quantileOf(sorted, 0.25, 'linear'), quantileOf(sorted, 0.75, 'linear')]
  if (low === undefined || high === undefined) return () => true
  const slack = multiplier * (high - low)
  return (value) => value >= low - slack && value <= high + slack
}

function nearMean({ mean, stdev }: Moments, multiplier: number): (value: number) => boolean {
  if (Number.isNaN(stdev)) return () => true
  const slack = multiplier * stdev
  return slack <= 0 ? (value) => value === mean : (value) => Math.abs(value - mean) < slack
}

export const wholeRules: Readonly<Record<string, Define>> = {
  expect_column_values_to_be_unique: (given) => {
    if (given.dialect === '0.18') given.flag('parse_strings_as_datetimes')
    return unique(given, 'column', [given.text('column')], 'any')
  },
  expect_compound_columns_to_be_unique: (given) => {
    const { columns, ignore } = listOf(given)
    return unique(given, 'several', columns, ignore)
  },
  expect_column_values_to_be_increasing: ordered(1),
  expect_column_values_to_be_decreasing: ordered(-1),
  expect_column_value_z_scores_to_be_less_than: zScores,
  expect_column_values_to_not_be_outliers: outliers,
}
