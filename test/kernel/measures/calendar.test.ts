import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day, hour, month, week, year } from '../../../src/kernel/measures/calendar.ts'
import { createZoneCalendar } from '../../../src/kernel/measures/time-zone.ts'
import { type LogicalType, types } from '../../../src/kernel/types.ts'
import type { Key } from '../../../src/plugins/measure.ts'
import { type Cell, column } from '../hash/columns.ts'

const us = (text: string) => BigInt(Date.parse(text)) * 1000n

function keys(key: Key, type: LogicalType, cells: readonly Cell[]): (string | null)[] {
  const schema = { fields: [{ name: 't', type, nullable: true }] }
  const made = key.create(schema).of({ schema, length: cells.length, columns: [column(type, cells)] })
  return [...made].map((cell) => (cell === null ? null : new Date(cell as number).toISOString()))
}

describe('calendar keys in UTC', () => {
  it('give the beginning of the period', () => {
    const cells = [us('2024-02-29T23:59:59.999Z'), null, us('1969-12-31T12:30:00Z')]
    const type = types.timestamp('us')
    expect(keys(hour('t'), type, cells)).toEqual(['2024-02-29T23:00:00.000Z', null, '1969-12-31T12:00:00.000Z'])
    expect(keys(day('t'), type, cells)).toEqual(['2024-02-29T00:00:00.000Z', null, '1969-12-31T00:00:00.000Z'])
    expect(keys(week('t'), type, cells)).toEqual(['2024-02-26T00:00:00.000Z', null, '1969-12-29T00:00:00.000Z'])
    expect(keys(month('t'), type, cells)).toEqual(['2024-02-01T00:00:00.000Z', null, '1969-12-01T00:00:00.000Z'])
    expect(keys(year('t'), type, cells)).toEqual(['2024-01-01T00:00:00.000Z', null, '1969-01-01T00:00:00.000Z'])
  })
  it('agree with Date over four thousand years, for every unit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_000_000_000, max: 62_000_000_000 }),
        fc.constantFrom('s', 'ms', 'us', 'ns'),
        (seconds, unit) => {
          const type = types.timestamp(unit)
          const cell = BigInt(seconds) * { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }[unit]
          if (cell >= 2n ** 63n || cell < -(2n ** 63n)) return
          const date = new Date(seconds * 1000)
          const start = (y: number, m: number, d: number) => {
            const made = new Date(0)
            made.setUTCFullYear(y, m, d)
            return made.toISOString()
          }
          const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
          expect([day, month, year].map((key) => keys(key('t'), type, [cell])[0])).toEqual([
            start(y, m, d),
            start(y, m, 1),
            start(y, 0, 1),
          ])
        },
      ),
    )
  })
  it('take dates too, as midnight in UTC', () => {
    expect(keys(month('t'), types.date, [19_782, null])).toEqual(['2024-02-01T00:00:00.000Z', null])
    expect(day('t').create({ fields: [{ name: 't', type: types.date, nullable: true }] }).result).toEqual({
      type: types.timestamp('ms'),
      nullable: true,
    })
  })
  it('refuse hours and zones of dates, text, and unknown zones', () => {
    const date = { fields: [{ name: 't', type: types.date, nullable: false }] }
    expect(() => hour('t').create(date)).toThrow(
      'hour(t): the column "t" is a date, which has neither hours nor a time zone.',
    )
    expect(() => day('t', { timeZone: 'Europe/Zurich' }).create(date)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_MISMATCH' }),
    )
    expect(() => day('t').create({ fields: [{ name: 't', type: types.string, nullable: false }] })).toThrow(
      'day(t): the column "t" is string, but a date or timestamp is needed.',
    )
    expect(() => day('t', { timeZone: 'Europe/Zürich' })).toThrow(
      'day(t, Europe/Zürich): "Europe/Zürich" is no time zone.',
    )
  })
})

describe('calendar keys in a time zone', () => {
  const at = (key: Key, text: string) => keys(key, types.timestamp('us'), [us(text)])[0]
  it('give the instant at which the local period began', () => {
    const timeZone = 'Europe/Zurich'
    expect(at(day('t', { timeZone }), '2024-07-01T22:30:00Z')).toBe('2024-07-01T22:00:00.000Z')
    expect(at(month('t', { timeZone }), '2024-04-15T00:00:00Z')).toBe('2024-03-31T22:00:00.000Z')
    expect(at(year('t', { timeZone }), '2024-07-01T00:00:00Z')).toBe('2023-12-31T23:00:00.000Z')
    expect(
      day('t', { timeZone }).create({ fields: [{ name: 't', type: types.timestamp('us'), nullable: false }] }).result
        .type,
    ).toEqual(types.timestamp('ms', timeZone))
  })
  it('tell the two hours apart that the clock shows twice', () => {
    const timeZone = 'Europe/Zurich' // back from 03:00 to 02:00 on 2024-10-27 at 01:00Z
    expect(at(hour('t', { timeZone }), '2024-10-27T00:30:00Z')).toBe('2024-10-27T00:00:00.000Z')
    expect(at(hour('t', { timeZone }), '2024-10-27T01:30:00Z')).toBe('2024-10-27T01:00:00.000Z')
  })
  it('begin a day whose midnight was skipped at the change, and one that has two midnights at the first', () => {
    // São Paulo 2018-11-04: 00:00 became 01:00 at 03:00Z. Havana 2024-11-03: 01:00 became 00:00 at 05:00Z.
    expect(at(day('t', { timeZone: 'America/Sao_Paulo' }), '2018-11-04T12:00:00Z')).toBe('2018-11-04T03:00:00.000Z')
    expect(at(day('t', { timeZone: 'America/Havana' }), '2024-11-03T05:30:00Z')).toBe('2024-11-03T04:00:00.000Z')
  })
  it('know half hours and days that never were', () => {
    expect(at(hour('t', { timeZone: 'Asia/Kolkata' }), '2024-01-01T00:10:00Z')).toBe('2023-12-31T23:30:00.000Z')
    // Apia went from 2011-12-29 to 2011-12-31 at 10:00Z on the 30th.
    expect(at(day('t', { timeZone: 'Pacific/Apia' }), '2011-12-30T10:00:00Z')).toBe('2011-12-30T10:00:00.000Z')
  })
  it('never give a beginning after the time itself, and the same one at the beginning', () => {
    const zones = [
      'Europe/Zurich',
      'America/New_York',
      'America/Havana',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
      'Pacific/Apia',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 1_900_000_000 }),
        fc.constantFrom('hour', 'day', 'week', 'month', 'year'),
        (zone, seconds, period) => {
          const calendar = createZoneCalendar(zone, 'test')
          const start = calendar.start(seconds * 1000, period)
          expect(start).toBeLessThanOrEqual(seconds * 1000)
          expect(calendar.start(start, period)).toBe(start)
          const longest = { hour: 1, day: 50, week: 194, month: 770, year: 8812 }[period] * 3_600_000
          expect(seconds * 1000 - start).toBeLessThan(longest)
        },
      ),
      { numRuns: 60 },
    )
  })
})
