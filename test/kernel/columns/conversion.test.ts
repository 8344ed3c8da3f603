import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildColumn } from '../../../src/kernel/columns/build.ts'
import { day, perSecond } from '../../../src/kernel/columns/build-temporal.ts'
import { type Column, isValid, TemporalColumn } from '../../../src/kernel/columns/column.ts'
import { conversion, type Level } from '../../../src/kernel/columns/conversion.ts'
import { castColumn } from '../../../src/kernel/columns/convert.ts'
import { parseDecimal } from '../../../src/kernel/columns/decimal.ts'
import { isTidegateError } from '../../../src/kernel/errors.ts'
import { type LogicalType, typeName, types } from '../../../src/kernel/types.ts'
import { columnOfType, physicalCells, scalarTypes } from './arbitrary.ts'

/** What a cell means, whatever type holds it: numbers as decimal fractions of 10^-38, times in nanoseconds. */
function meanings(column: Column): unknown[] {
  const { type } = column
  return physicalCells(column).map((cell, row) => {
    if (!isValid(column.validity, row)) return null
    if (type.kind === 'decimal') return (cell as bigint) * 10n ** BigInt(38 - type.scale)
    if (type.kind === 'int' || type.kind === 'float') return parseDecimal(String(cell), 38) ?? String(cell)
    if (column instanceof TemporalColumn) {
      const perDay = 'unit' in type ? perSecond[type.unit] * BigInt(day / 1000) : 1n
      return (BigInt(cell as number) * BigInt(day) * 1_000_000n) / perDay
    }
    return cell
  })
}

const numeric = scalarTypes.filter(({ kind }) => kind === 'int' || kind === 'float' || kind === 'decimal')
const temporal = scalarTypes.filter(({ kind }) => kind === 'date' || kind === 'time' || kind === 'timestamp')
const pairs = fc.oneof(fc.tuple(numeric, numeric), fc.tuple(temporal, temporal), fc.tuple(scalarTypes, scalarTypes))

describe('reading a column as another type', () => {
  it('keeps the meaning of every value, or names the one it would lose; what is compatible loses none', () => {
    const seen: Record<string, number> = {}
    fc.assert(
      fc.property(
        pairs.chain(([from, to]) => fc.tuple(columnOfType(from, { maxRows: 4 }), fc.constant(to))),
        ([{ type, column }, to]) => {
          const level = conversion(type, to)
          let outcome: string = level
          try {
            const read = castColumn(column, to, { node: 'n', column: 'x' }, 'bigint')
            expect(read.type).toEqual(to)
            expect(meanings(read)).toEqual(meanings(column))
            expect(level).not.toBe('incompatible')
          } catch (error) {
            if (!isTidegateError(error)) throw error
            outcome = `${level} ${error.code}`
            expect(outcome).toMatch(/^(incompatible SCHEMA_MISMATCH|convertible TYPE_PRECISION)$/)
          }
          seen[outcome] = (seen[outcome] ?? 0) + 1
        },
      ),
      { numRuns: 3000 },
    )
    expect(Object.keys(seen).sort()).toEqual([
      'compatible',
      'convertible',
      'convertible TYPE_PRECISION',
      'exact',
      'incompatible SCHEMA_MISMATCH',
    ])
  })

  it.each<[LogicalType, LogicalType, Level]>([
    [types.int32, types.int64, 'compatible'],
    [types.int64, types.int32, 'convertible'],
    [types.int32, types.float64, 'compatible'],
    [types.int64, types.float64, 'convertible'],
    [types.int32, types.float32, 'convertible'],
    [types.uint32, types.int32, 'convertible'],
    [types.uint32, types.int64, 'compatible'],
    [types.int8, types.uint64, 'convertible'],
    [types.float32, types.float64, 'compatible'],
    [types.float64, types.int32, 'convertible'],
    [types.int64, types.decimal(19, 0), 'compatible'],
    [types.int64, types.decimal(18, 0), 'convertible'],
    [types.decimal(9, 2), types.decimal(18, 4), 'compatible'],
    [types.decimal(9, 2), types.decimal(9, 4), 'convertible'],
    [types.date, types.timestamp('us'), 'convertible'],
    [types.timestamp('ms'), types.timestamp('us'), 'compatible'],
    [types.timestamp('us'), types.timestamp('ms'), 'convertible'],
    [types.timestamp('us'), types.timestamp('us', 'UTC'), 'compatible'],
    [types.timestamp('us'), types.date, 'convertible'],
    [types.null, types.string, 'compatible'],
    [types.string, types.int32, 'incompatible'],
    [types.string, types.null, 'incompatible'],
    [types.boolean, types.int32, 'incompatible'],
    [types.int64, types.timestamp('ms'), 'incompatible'],
    [types.time('ms'), types.timestamp('ms'), 'incompatible'],
    [types.string, types.binary, 'incompatible'],
    [types.list(types.int32), types.list(types.int64), 'compatible'],
    [types.list(types.string), types.string, 'incompatible'],
  ])('%o as %o is %s', (from, to, level) => {
    expect(conversion(from, to)).toBe(level)
  })

  it('refuses what has no reading by the types alone, without any row', () => {
    const empty = buildColumn(types.string, [], { column: 'x' })
    expect(() => castColumn(empty, types.int32, { node: 'clean', column: 'x' })).toThrow(
      'Node "clean", column "x" is string and cannot be read as int32.',
    )
  })

  it.each([
    [types.int64, [5n, 2n ** 31n], types.int32, '2147483648n cannot be held by int32'],
    [types.int64, [5n, 2n ** 53n + 1n], types.float64, '9007199254740993n cannot be held by float64'],
    [types.uint64, [5n, 2n ** 63n], types.int64, '9223372036854775808n cannot be held by int64'],
    [types.int64, [5n, -1n], types.uint64, '-1n cannot be held by uint64'],
    [types.float64, [5, 0.5], types.int64, '0.5 cannot be held by int64'],
    [types.decimal(9, 2), ['5', '0.50'], types.int32, '"0.50" cannot be held by int32'],
    [
      types.decimal(38, 0),
      ['5', '12345678901234567890'],
      types.float64,
      '"12345678901234567890" cannot be held by float64',
    ],
    [types.timestamp('ms'), [0, 1], types.date, '1970-01-01T00:00:00.001Z cannot be held by date'],
  ] as const)('quotes the value that does not fit', (from, values, to, text) => {
    const column = buildColumn(from, values, { column: 'x' }, 'bigint')
    expect(() => castColumn(column, to, { node: 'clean', part: 'a.csv', column: 'x' }, 'bigint')).toThrow(
      `Node "clean", part "a.csv", column "x", row 1: ${text}`,
    )
    expect(typeName(castColumn(column.slice(0, 1), to, { column: 'x' }, 'bigint').type)).toBe(typeName(to))
  })
})
