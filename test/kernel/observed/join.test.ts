import type { ColumnTable } from 'arquero'
import * as aq from 'arquero'
import { describe, expect, it } from 'vitest'
import { DictionaryColumn } from '../../../src/kernel/columns/text.ts'
import { indexOf } from '../../../src/kernel/observed/join/index.ts'
import { observe } from '../../../src/kernel/observed/observe.ts'
import { batchOf, observed } from './tables.ts'

const flights = (rowWise = true) =>
  observed({ origin: ['JFK', 'XXX', null, 'FRA', 'JFK'], delay: [1, 2, 3, 4, 5] }, { rowWise })
const airports = observed({ iata: ['FRA', 'JFK'], city: ['Frankfurt', 'New York'] }, { input: 'airports' })
const rows = (table: ColumnTable) => table.objects().map((row) => Object.values(row))

describe('a join against a side table', () => {
  it('keeps the order of the batch, with unmatched rows in their place', () => {
    expect(rows(flights().join_left(airports, ['origin', 'iata'], [['delay'], ['city']]))).toEqual([
      [1, 'New York'],
      [2, null],
      [3, null],
      [4, 'Frankfurt'],
      [5, 'New York'],
    ])
  })

  it('orders a whole table as Arquero does, unmatched rows last', () => {
    expect(
      rows(flights(false).join_left(airports, ['origin', 'iata'], [['delay'], ['city']])).map(([delay]) => delay),
    ).toEqual([1, 4, 5, 2, 3])
  })

  it('keeps both keys of different names, one of the same name, and numbers clashing names', () => {
    expect(flights().join(airports, ['origin', 'iata']).columnNames()).toEqual(['origin', 'delay', 'iata', 'city'])
    expect(
      flights()
        .join(airports.rename({ iata: 'origin', city: 'delay' }), 'origin')
        .columnNames(),
    ).toEqual(['origin', 'delay_1', 'delay_2'])
  })

  it('takes expressions over the joined rows', () => {
    const joined = flights().join_left(airports, ['origin', 'iata'], {
      known: '(a, b) => b.city != null',
      twice: '(a) => a.delay * 2',
    } as never)
    expect(rows(joined)).toEqual([
      [true, 2],
      [false, 4],
      [false, 6],
      [true, 8],
      [true, 10],
    ])
  })

  it('multiplies rows where keys repeat', () => {
    const names = observed({ iata: ['JFK', 'FRA', 'JFK'], name: ['Kennedy', 'Rhein-Main', 'Idlewild'] })
    expect(rows(flights().join(names, ['origin', 'iata'], [['delay'], ['name']]))).toEqual([
      [1, 'Kennedy'],
      [1, 'Idlewild'],
      [4, 'Rhein-Main'],
      [5, 'Kennedy'],
      [5, 'Idlewild'],
    ])
  })

  it('passes the columns of the batch on untouched and shares one dictionary for the texts of the side', () => {
    const batch = flights()
    const joined = batch.join_left(airports, ['origin', 'iata'])
    expect(joined.column('delay')).toBe(batch.column('delay'))
    const city = joined.column('city') as unknown as DictionaryColumn
    const again = flights()
      .join_left(airports.select('iata', 'city'), ['origin', 'iata'])
      .column('city') as unknown as DictionaryColumn
    expect(city).toBeInstanceOf(DictionaryColumn)
    expect(again.dictionary).toBe(city.dictionary)
  })

  it('indexes a side table once, whatever table its key column stands in, and a filtered one by itself', () => {
    const key = (table: ColumnTable, name: string) => [table.column(name) as never]
    const renamed = airports.select({ iata: 'origin' })
    expect(indexOf(renamed, key(renamed, 'origin'))).toBe(indexOf(airports, key(airports, 'iata')))
    const filtered = airports.filter("d => d.iata == 'FRA'")
    expect(indexOf(filtered, key(filtered, 'iata'))).not.toBe(indexOf(airports, key(airports, 'iata')))
    expect(rows(flights().semijoin(filtered, ['origin', 'iata']))).toEqual([['FRA', 4]])
  })

  it('finds the side of a plain table made of literals', () => {
    expect(
      rows(flights().lookup(aq.table({ iata: ['FRA'], city: ['Frankfurt'] }), ['origin', 'iata'], ['city'])).at(3),
    ).toEqual(['FRA', 4, 'Frankfurt'])
  })

  it('works from a plain table onto an observed one, absent cells included', () => {
    const side = observe(batchOf({ k: [1], n: [5], b: [true] }), { input: 'side', rowWise: false })
    expect(
      aq
        .table({ k: [1, 2] })
        .join_left(side, 'k')
        .objects(),
    ).toEqual([
      { k: 1, n: 5, b: true },
      { k: 2, n: null, b: null },
    ])
  })

  it('gives no rows for an empty batch, even crossed', () => {
    const empty = flights().filter('d => d.delay > 9')
    expect(empty.cross(airports).columnNames()).toEqual(['origin', 'delay', 'iata', 'city'])
    expect(empty.cross(airports).numRows()).toBe(0)
    expect(flights().cross(airports).numRows()).toBe(10)
  })
})
