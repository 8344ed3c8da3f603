import fc from 'fast-check'
import {
  type Batch,
  buildColumn,
  type Column,
  DecimalColumn,
  type Field,
  isColumn,
  type Repair,
  TemporalColumn,
  types,
  ValuesColumn,
} from 'tidegate'
import { describe, expect, it } from 'vitest'
import {
  clamp,
  defaultTo,
  lowerCase,
  nullify,
  parse,
  replace,
  round,
  setTo,
  titleCase,
  trim,
  upperCase,
} from '../src/index.ts'
import { type Cell, type Data, data, edge, type Kind, pieces, side } from './columns.ts'

/** Cells exactly: decimals as text of two places, times as their stored units. */
function exactCells(column: Column): unknown[] {
  return Array.from({ length: column.length }, (_, row) => {
    const value = column.at(row)
    if (value === null) return null
    if (column instanceof DecimalColumn) return `${column.unscaled(row)}e-2`
    return column instanceof TemporalColumn ? column.values[row] : value
  })
}

/** What a repair makes of the first column of each piece, as exact cells. */
function mended(repair: Repair, given: Data, others?: readonly unknown[]): unknown[] {
  return pieces(given).flatMap((batch) => exactCells(mend(repair, batch, others)))
}

function mend(repair: Repair, batch: Batch, others?: readonly unknown[]): Column {
  const [field] = batch.schema.fields as [Field]
  const rows = Int32Array.from({ length: batch.length }, (_, row) => row)
  const result = repair.compile(field, batch.schema)(batch.columns[0] as Column, batch, rows)
  expect(result).toHaveLength(batch.length)
  expect(others).toBeUndefined()
  return isColumn(result) ? result : buildColumn(field.type, result, { column: field.name }, field.sees)
}

/** The same cells as they would be stored. */
const stored = (given: Data, cells: readonly Cell[]): unknown[] => {
  const [type] = given.types
  const sees = type?.kind === 'int' && type.bits === 64 ? 'bigint' : 'number'
  return exactCells(buildColumn(type as Field['type'], cells, { column: 'c0' }, sees))
}

function agrees(repair: Repair, kinds: readonly Kind[], to: (cell: Cell) => Cell): void {
  fc.assert(
    fc.property(data(kinds), (given) => {
      expect(mended(repair, given)).toEqual(
        stored(
          given,
          given.rows.map(([cell]) => to(cell as Cell)),
        ),
      )
    }),
    { numRuns: 100 },
  )
}

const numbers: readonly Kind[] = ['int8', 'int32', 'int64', 'float64', 'float32', 'decimal']
const every: readonly Kind[] = [...numbers, 'date', 'timestamp', 'nanoseconds', 'string', 'boolean']
const text = (map: (value: string) => string) => (cell: Cell) => (cell === null ? null : map(cell as string))

describe('repairs against one cell at a time', () => {
  it('of text, once for each distinct one', () => {
    agrees(
      trim(),
      ['string'],
      text((value) => value.trim()),
    )
    agrees(
      trim({ inner: true }),
      ['string'],
      text((value) => value.trim().replace(/\s+/g, ' ')),
    )
    agrees(
      upperCase(),
      ['string'],
      text((value) => value.toUpperCase()),
    )
    agrees(
      lowerCase(),
      ['string'],
      text((value) => value.toLowerCase()),
    )
  })

  it('nullify and defaultTo', () => {
    agrees(nullify(), every, () => null)
    agrees(defaultTo(1), numbers, (cell) => cell ?? 1)
    agrees(defaultTo('x'), ['string'], (cell) => cell ?? 'x')
    agrees(defaultTo(true), ['boolean'], (cell) => cell ?? true)
    agrees(defaultTo(86_400_000), ['date', 'timestamp', 'nanoseconds'], (cell) => cell ?? 86_400_000)
  })

  it('setTo', () => {
    agrees(setTo(2), numbers, () => 2)
    agrees(setTo(''), ['string'], () => '')
  })

  it('replace, by value', () => {
    const places = new Map<string, number | null>([
      ['1', 2],
      ['0', null],
    ])
    agrees(
      replace([
        [1, 2],
        [0, null],
      ]),
      ['int8', 'int32', 'int64', 'float64'],
      (cell) => (cell === null ? null : places.has(String(cell)) ? (places.get(String(cell)) as number) : cell),
    )
    agrees(replace({ a: 'b', b: null, '': 'empty' }), ['string'], (cell) =>
      cell === 'a' ? 'b' : cell === 'b' ? null : cell === '' ? 'empty' : cell,
    )
  })

  it('clamp, exactly for every type', () => {
    const bounded = (low: number, high: number) => (cell: Cell) => {
      if (cell === null || Number.isNaN(side(cell, low))) return cell
      return side(cell, low) < 0 ? low : side(cell, high) > 0 ? high : cell
    }
    agrees(clamp(0, 1), numbers, bounded(0, 1))
    agrees(clamp(-2, Number.POSITIVE_INFINITY), numbers, bounded(-2, Number.POSITIVE_INFINITY))
    agrees(clamp(-0.5, 1.5), ['int8', 'int32', 'int64'], bounded(0, 1))
    agrees(clamp(-edge, edge), ['int64', 'decimal'], bounded(-edge, edge))
    agrees(clamp(0, 86_400_000), ['date', 'timestamp', 'nanoseconds'], bounded(0, 86_400_000))
  })

  it('round, half away from zero, by the digits that are written', () => {
    const of = (type: Field['type'], cells: readonly unknown[], digits: number) => {
      const column = buildColumn(type, cells, { column: 'c0' }, 'bigint')
      const batch = {
        schema: { fields: [{ name: 'c0', type, nullable: true, sees: 'bigint' as const }] },
        length: cells.length,
        columns: [column],
      }
      return exactCells(mend(round(digits), batch))
    }
    expect(
      of(types.float64, [1.005, -1.005, 2.5, -2.5, 0.1 + 0.2, 1e21, 1e-9, -0.001, -0, Number.NaN, null], 2),
    ).toEqual([1.01, -1.01, 2.5, -2.5, 0.3, 1e21, 0, -0, -0, Number.NaN, null])
    expect(of(types.float64, [0.5, -0.5, 1.5, 2.4999999999999996], 0)).toEqual([1, -1, 2, 2])
    expect(of(types.float64, [1250, 1249, -1250], -2)).toEqual([1300, 1200, -1300])
    expect(of(types.int64, [9_007_199_254_740_995n, -15n], -1)).toEqual([9_007_199_254_741_000n, -20n])
    expect(of(types.int32, [15, 14, -15], -1)).toEqual([20, 10, -20])
    expect(of(types.decimal(38, 2), ['90071992547409.95', '-0.05', '0.04'], 1)).toEqual([
      '9007199254741000e-2',
      '-10e-2',
      '0e-2',
    ])
  })

  it('round never moves a number by more than half a unit, and does not move it twice', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.integer({ min: -3, max: 6 }), (value, digits) => {
        const of = (one: number) =>
          mend(round(digits), {
            schema: { fields: [{ name: 'c0', type: types.float64, nullable: true }] },
            length: 1,
            columns: [buildColumn(types.float64, [one], { column: 'c0' })],
          }).at(0) as number
        const once = of(value)
        expect(Math.abs(once - value)).toBeLessThanOrEqual(0.5 * 10 ** -digits * (1 + 1e-9) + 1e-9)
        expect(of(once)).toBe(once)
      }),
    )
  })

  const one = (repair: Repair, value: string) =>
    mend(repair, {
      schema: { fields: [{ name: 'c0', type: types.string, nullable: true }] },
      length: 1,
      columns: [buildColumn(types.string, [value], { column: 'c0' })],
    }).at(0)

  it.each([
    ['new york', 'New York'],
    ["O'NEILL-smith", "O'neill-Smith"],
    ['élan über 3rd straße', 'Élan Über 3rd Straße'],
    ['', ''],
  ])('titleCase of %s is %s', (value, expected) => expect(one(titleCase(), value)).toBe(expected))

  it.each([
    [{ decimal: ',', group: '.' }, ' 1.234.567,50 ', '1234567.50'],
    [{ decimal: ',' }, '-3,5', '-3.5'],
    [{ group: ' ' }, '+12 345', '+12345'],
    [{ group: "'" }, "1'23", "1'23"],
    [{}, ' 7 ', '7'],
    [{}, '1e3', '1e3'],
    [{}, 'seven', 'seven'],
    [{ decimal: ',' }, '1,2,3', '1,2,3'],
  ])('parse a number %j of %s is %s', (options, value, expected) =>
    expect(one(parse('number', options), value)).toBe(expected),
  )

  it.each([
    ['DD.MM.YYYY', '01.05.2024', '2024-05-01'],
    ['YYYYMMDD', '20240229', '2024-02-29'],
    ['YYYYMMDD', '20230229', '20230229'],
    ['MM/DD/YYYY HH:mm', '5/1/2024 7:05', '5/1/2024 7:05'],
    ['MM/DD/YYYY HH:mm', '05/01/2024 07:05', '2024-05-01T07:05:00'],
    ['YYYY-MM-DD HH:mm:ss.SSS', '2024-05-01 07:05:09.040', '2024-05-01T07:05:09.040'],
  ])('parse a date %s of %s is %s', (format, value, expected) =>
    expect(one(parse('date', { format }), value)).toBe(expected),
  )

  it.each([
    [{}, ' YES ', 'true'],
    [{}, '0', 'false'],
    [{}, 'maybe', 'maybe'],
    [{ true: ['ja'], false: ['nein'] }, 'Nein', 'false'],
    [{ true: ['ja'], false: ['nein'] }, 'yes', 'yes'],
  ])('parse a boolean %j of %s is %s', (options, value, expected) =>
    expect(one(parse('boolean', options), value)).toBe(expected),
  )
})

describe('a repair is named by what it was given', () => {
  it.each([
    [trim(), 'trim()'],
    [trim({ inner: true }), 'trim(inner: true)'],
    [clamp(0, 10), 'clamp(0, 10)'],
    [clamp({ min: 0, max: 10 }), 'clamp(0, 10)'],
    [clamp(Number.NEGATIVE_INFINITY, 1), 'clamp(-Infinity, 1)'],
    [defaultTo('x', { columns: 'a' }), "defaultTo('x')"],
    [round(), 'round()'],
    [round(2), 'round(2)'],
    [replace({ b: 'c', a: null }), 'replace({"a":null,"b":"c"})'],
    [replace({ map: { a: 'b' } }), 'replace({"a":"b"})'],
    [parse('date', { format: 'DD.MM.YYYY' }), "parse('date', format: 'DD.MM.YYYY')"],
  ])('%#: %j', (repair, name) => expect(repair.name).toBe(name))

  it('and its parameters are JSON', () => {
    expect(clamp(Number.NEGATIVE_INFINITY, 1).parameters).toEqual({ min: '-Infinity', max: 1 })
    expect(clamp({ min: '-Infinity', max: 1 }).parameters).toEqual({ min: '-Infinity', max: 1 })
    expect(trim({ columns: ['a', 'a'] }).columns).toEqual(['a'])
  })

  const field = (type: Field['type']): Field => ({ name: 'c0', type, nullable: true })
  it.each([
    [
      'no options of another form',
      () => parse('number', { format: 'YYYY' }).compile(field(types.string), { fields: [] }),
      /no option "format"/,
    ],
    [
      'no marks that are one',
      () => parse('number', { decimal: ',', group: ',' }).compile(field(types.string), { fields: [] }),
      /both decimals and groups/,
    ],
    [
      'no word of two meanings',
      () => parse('boolean', { true: ['x'], false: ['X'] }).compile(field(types.string), { fields: [] }),
      /both true and false/,
    ],
    ['no bounds without a value between', () => clamp(2, 1), /no value lies between/],
    ['no unknown option', () => trim({ iner: true } as never), /unknown option "iner"/],
    ['no columns that are none', () => trim({ columns: [] }), /its columns are \[\]/],
    ['no more arguments', () => clamp(...([1, 2, {}, 3] as unknown as [number, number])), /was given 4 arguments/],
    ['no missing arguments', () => clamp(...([1] as unknown as [number, number])), /max/],
    [
      'no value that its column cannot hold',
      () => defaultTo(1.5).compile(field(types.int32), { fields: [] }),
      /cannot be held by int32/,
    ],
    ['no other type', () => round().compile(field(types.string), { fields: [] }), /it mends numbers/],
  ])('with %s', (_, act, message) => expect(act).toThrow(message))
})

it('columns of nothing but absent cells take the type of what they are given', () => {
  const batch = {
    schema: { fields: [{ name: 'c0', type: types.null, nullable: true }] },
    length: 2,
    columns: [new ValuesColumn(types.null, [null, null], new Uint8Array(1))],
  }
  const of = (repair: Repair) => {
    const result = repair.compile(batch.schema.fields[0] as Field, batch.schema)(
      batch.columns[0] as Column,
      batch,
      Int32Array.of(0, 1),
    ) as Column
    return [result.type.kind, [...result]]
  }
  expect(of(defaultTo(1))).toEqual(['float', [1, 1]])
  expect(of(setTo(true))).toEqual(['boolean', [true, true]])
  expect(of(replace({ a: 'b' }))).toEqual(['null', [null, null]])
  expect(of(nullify())).toEqual(['null', [null, null]])
})
