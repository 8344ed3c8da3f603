import type { Key } from '../../plugins/measure.ts'
import { type Column, TemporalColumn } from '../columns/column.ts'
import { TidegateError } from '../errors.ts'
import { type LogicalType, type TableSchema, types } from '../types.ts'
import { DAY, firstDay, type Period } from './civil.ts'
import { milliseconds } from './milliseconds.ts'
import { knownOptions } from './options.ts'
import { fieldOf } from './resolve.ts'
import type { CalendarFn, CalendarOptions } from './signatures.ts'
import { createZoneCalendar } from './time-zone.ts'

/**
 * Keys of calendar periods: `hour`, `day`, `week` (from Monday, ISO 8601), `month`, `year`. The result is the instant at which the period
 * began, timestamp(ms), with the zone of `timeZone` or of the column where there is one; null stays null. Periods are those of UTC unless
 * `timeZone` says otherwise. A `date` column has no time of day: `hour` and `timeZone` are refused for it with `SCHEMA_MISMATCH`.
 */
export const hour = calendarKey('hour')
export const day = calendarKey('day')
export const week = calendarKey('week')
export const month = calendarKey('month')
export const year = calendarKey('year')

function calendarKey(period: Period | 'hour'): CalendarFn {
  return ((column: string, options: CalendarOptions = {}): Key => {
    knownOptions(`${period}(${column})`, options, ['timeZone'])
    const { timeZone } = options
    const name = `${period}(${column}${timeZone === undefined ? '' : `, ${timeZone}`})`
    const zoned = timeZone === undefined || timeZone === 'UTC' ? undefined : createZoneCalendar(timeZone, name)
    const start = zoned === undefined ? utcStart(period) : (instant: number) => zoned.start(instant, period)
    return {
      name,
      columns: [column],
      version: 1,
      ...(timeZone === undefined ? {} : { parameters: { timeZone } }),
      create(schema: TableSchema) {
        const { index, field } = fieldOf(schema, column, name, ['date', 'timestamp'], 'a date or timestamp')
        if (field.type.kind === 'date' && (period === 'hour' || timeZone !== undefined)) throw timeless(name, column)
        const type = types.timestamp('ms', timeZone ?? (field.type.kind === 'timestamp' ? field.type.zone : undefined))
        return {
          result: { type, nullable: field.nullable },
          of: (batch) => starts(batch.columns[index] as Column, type, start, zoned === undefined ? 3_600_000 : 1),
        }
      },
    }
  }) as CalendarFn
}

function timeless(name: string, column: string): TidegateError {
  return new TidegateError(
    'SCHEMA_MISMATCH',
    `${name}: the column "${column}" is a date, which has neither hours nor a time zone.`,
    {
      hint: 'Use day, week, month or year without timeZone, or a timestamp column.',
      data: { column },
    },
  )
}

function utcStart(period: Period | 'hour'): (instant: number) => number {
  if (period === 'hour') return (instant) => Math.floor(instant / 3_600_000) * 3_600_000
  return (instant) => firstDay(Math.floor(instant / DAY), period) * DAY
}

/** Times repeat and neighbours share periods: the last answer in each of 256 slots is kept. All times of one `grain` have the same answer. */
function starts(column: Column, type: LogicalType, start: (instant: number) => number, grain: number): TemporalColumn {
  const out = new BigInt64Array(column.length)
  const words = new Int32Array(out.buffer)
  if (column.type.kind === 'null') return new TemporalColumn(type, out, new Uint8Array((column.length + 7) >> 3))
  const instants = milliseconds(column as TemporalColumn)
  const { validity } = column
  const keys = new Float64Array(256).fill(Number.NaN)
  const answers = new Int32Array(512)
  for (let row = 0; row < instants.length; row++) {
    if (validity !== undefined && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue
    const instant = instants[row] as number
    const key = Math.floor(instant / grain)
    const slot = Math.imul(key | 0, 0x9e3779b1) >>> 24
    if (keys[slot] !== key) {
      keys[slot] = key
      const answer = start(instant)
      answers[2 * slot] = answer
      answers[2 * slot + 1] = Math.floor(answer / 4_294_967_296)
    }
    words[2 * row] = answers[2 * slot] as number
    words[2 * row + 1] = answers[2 * slot + 1] as number
  }
  return new TemporalColumn(type, out, validity)
}
