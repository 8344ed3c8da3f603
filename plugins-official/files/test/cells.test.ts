import fc from 'fast-check'
import { type LogicalType, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { type CsvOptions, csvText, schema } from './reading.ts'

/** What one cell reads as: its value, or the reason why not. */
async function cell(type: LogicalType, text: string, options: CsvOptions = {}): Promise<unknown> {
  const { rows, rejected } = await csvText(`${text}\n`, schema({ x: type }), { header: ['x'], ...options })
  return rejected.length > 0 ? rejected[0]?.reason : rows[0]?.[0]
}

describe('integers', () => {
  it.each([
    ['7', types.int8, 7],
    ['-128', types.int8, -128],
    ['+5', types.int8, 5],
    ['007', types.int16, 7],
    ['255', types.uint8, 255],
    ['4294967295', types.uint32, 4294967295],
    ['-2147483648', types.int32, -2147483648],
    ['00000000000012', types.int32, 12],
    ['9007199254740992', types.int64, 9007199254740992],
    ['-42', types.int64, -42],
  ])('%s is read as a number', async (text, type, value) => {
    expect(await cell(type, text)).toBe(value)
  })

  it.each([
    ['128', types.int8, 'x: "128" does not fit int8 (-128 to 127)'],
    ['-1', types.uint16, 'x: "-1" does not fit uint16 (0 to 65535)'],
    ['3000000000', types.int32, 'x: "3000000000" does not fit int32 (-2147483648 to 2147483647)'],
    ['99999999999999', types.int32, 'x: "99999999999999" does not fit int32 (-2147483648 to 2147483647)'],
    ['1.0', types.int32, 'x: "1.0" is not an integer (int32)'],
    [' 1', types.int32, 'x: " 1" is not an integer (int32)'],
    ['-', types.int32, 'x: "-" is not an integer (int32)'],
    ['1e3', types.int64, 'x: "1e3" is not an integer (int64)'],
    [
      '9223372036854775808',
      types.int64,
      'x: "9223372036854775808" does not fit int64 (-9223372036854775808 to 9223372036854775807)',
    ],
    ['-1', types.uint64, 'x: "-1" does not fit uint64 (0 to 18446744073709551615)'],
  ])('%s is refused', async (text, type, reason) => {
    expect(await cell(type, text)).toBe(reason)
  })

  it('refuses 64-bit integers beyond 2^53, unless they are seen as bigint', async () => {
    expect(await cell(types.int64, '9007199254740993')).toContain('beyond 2^53')
    const field = { name: 'x', type: types.int64, nullable: false, sees: 'bigint' as const }
    const { rows } = await csvText('9007199254740993\n-9223372036854775808\n', { fields: [field] }, { header: ['x'] })
    expect(rows).toEqual([[9007199254740993n], [-9223372036854775808n]])
  })
})

describe('numbers', () => {
  it('are read exactly as JavaScript reads them, in every spelling', async () => {
    const texts = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((x) => x.toFixed(4)),
      fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.nat(25)).map(([digits, places]) => {
        const text = digits.toString().padStart(places + 1, '0')
        return `${text.slice(0, text.length - places)}.${text.slice(text.length - places)}`
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 50 }), async (cells) => {
        const { rows } = await csvText(`${cells.join('\n')}\n`, schema({ x: types.float64 }), { header: ['x'] })
        expect(rows.map(([x]) => x)).toEqual(cells.map(Number))
      }),
    )
  })

  it.each([
    ['NaN', Number.NaN],
    ['-inf', -Infinity],
    ['Infinity', Infinity],
    ['-0', -0],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
  ])('%s is a number', async (text, value) => {
    expect(await cell(types.float64, text)).toBe(value)
  })

  it.each(['abc', '1,5', '1.2.3', '0x10', '1_000', '--1', '1e', '.'])('%s is refused', async (text) => {
    expect(await cell(types.float64, text, { delimiter: ';' })).toBe(`x: "${text}" is not a number (float64)`)
  })

  it('is refused where it would become infinite', async () => {
    expect(await cell(types.float64, '1e999')).toBe('x: "1e999" does not fit float64')
    expect(await cell(types.float32, '1e39')).toBe('x: "1e39" does not fit float32')
  })

  it('takes a decimal comma only where it is stated, and then no point', async () => {
    expect(await cell(types.float64, '1,5', { delimiter: ';', decimal: ',' })).toBe(1.5)
    expect(await cell(types.float64, '1.5', { delimiter: ';', decimal: ',' })).toBe(
      'x: "1.5" is not a number (float64)',
    )
  })

  it('keeps decimals exact', async () => {
    const type = types.decimal(18, 2)
    expect(await cell(type, '0.29')).toBe(0.29)
    expect(await cell(type, '-4.5600')).toBe(-4.56)
    expect(await cell(type, '4.565')).toBe('x: "4.565" has more decimal places than decimal(18,2)')
    expect(await cell(type, '12345678901234567.00')).toBe('x: "12345678901234567.00" does not fit decimal(18,2)')
    expect(await cell(type, 'x')).toBe('x: "x" is not a decimal number (decimal(18,2))')
  })
})

describe('booleans', () => {
  it.each([
    ['true', true],
    ['FALSE', false],
    ['True', true],
    ['1', true],
    ['0', false],
    ['yes', 'x: "yes" is not a boolean (true, false, 1, 0)'],
  ])('%s', async (text, value) => {
    expect(await cell(types.boolean, text)).toBe(value)
  })
})

describe('dates and times', () => {
  const instant = types.timestamp('ms', 'UTC')
  it.each([
    ['2024-02-29', types.date, Date.UTC(2024, 1, 29)],
    ['1969-12-31', types.date, -86_400_000],
    ['-000044-03-15', types.date, Date.UTC(-44, 2, 15)],
    ['2026-01-31T23:59:58.123Z', instant, Date.UTC(2026, 0, 31, 23, 59, 58, 123)],
    ['2026-01-31 23:59', instant, Date.UTC(2026, 0, 31, 23, 59)],
    ['2026-01-31T23:59:58+02:00', instant, Date.UTC(2026, 0, 31, 21, 59, 58)],
    ['2026-01-31', instant, Date.UTC(2026, 0, 31)],
    ['1900-01-01T00:00:00.5-0530', instant, Date.UTC(1900, 0, 1, 5, 30, 0, 500)],
    ['12:30:01.25', types.time('ms'), 45_001_250],
  ])('%s is read as UTC', async (text, type, value) => {
    expect(await cell(type, text)).toBe(value)
  })

  it.each([
    ['2023-02-29', types.date, 'x: "2023-02-29" is not a date (YYYY-MM-DD)'],
    ['2023-2-1', types.date, 'x: "2023-2-1" is not a date (YYYY-MM-DD)'],
    ['2023-01-01T00:00', types.date, 'x: "2023-01-01T00:00" is not a date (YYYY-MM-DD)'],
    ['2023-01-01T24:00', instant, 'x: "2023-01-01T24:00" is not a timestamp (ISO 8601, such as 2026-01-31T23:59:00Z)'],
    [
      '2023-01-01T00:00:00+25',
      instant,
      'x: "2023-01-01T00:00:00+25" is not a timestamp (ISO 8601, such as 2026-01-31T23:59:00Z)',
    ],
    ['2023-01-01T00:00:00.0001', instant, 'x: "2023-01-01T00:00:00.0001" is finer than timestamp(ms, UTC) can hold'],
    ['9999-01-01', types.timestamp('ns'), 'x: "9999-01-01" does not fit timestamp(ns)'],
    ['1672531200', instant, 'x: "1672531200" is not a timestamp (ISO 8601, such as 2026-01-31T23:59:00Z)'],
  ])('%s is refused', async (text, type, reason) => {
    expect(await cell(type, text)).toBe(reason)
  })

  it('are read by a pattern where one is given', async () => {
    const dateFormat = 'DD.MM.YYYY'
    expect(await cell(types.date, '31.01.2026', { dateFormat })).toBe(Date.UTC(2026, 0, 31))
    expect(await cell(types.date, '2026-01-31', { dateFormat })).toBe('x: "2026-01-31" is not a date (DD.MM.YYYY)')
    expect(await cell(types.timestamp('us'), '1/31/26 x', { dateFormat: 'MM/DD/YYYY HH:mm:ss.S' })).toContain(
      'is not a timestamp',
    )
    expect(await cell(types.timestamp('us'), '01/31/2026 10:20:30.5', { dateFormat: 'MM/DD/YYYY HH:mm:ss.S' })).toBe(
      Date.UTC(2026, 0, 31, 10, 20, 30, 500),
    )
  })

  it('reads every day that JavaScript knows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.date({ noInvalidDate: true }), { minLength: 1, maxLength: 40 }), async (dates) => {
        const { rows } = await csvText(
          `${dates.map((date) => date.toISOString()).join('\n')}\n`,
          schema({ x: instant }),
          { header: ['x'] },
        )
        expect(rows.map(([x]) => x)).toEqual(dates.map(Number))
      }),
    )
  })
})

it('an absent cell where none may be is refused, also when it is spelt', async () => {
  expect(await cell(types.int32, 'NA', { nulls: ['NA'] })).toBe('x: "NA" means absent, but not nullable')
  expect(await cell(types.string, 'NA', { nulls: ['NA'] })).toBe('x: "NA" means absent, but not nullable')
  expect(await cell(types.int32, '""')).toBe('x: empty, but not nullable')
})
