import { type Column, type Field, TemporalColumn, type TimeUnit, typeName } from 'tidegate'
import { absent, type Block, type CellReader, type CellRules, tagBits } from './block.ts'
import { compileDateFormat } from './date-format.ts'
import { type Moment, parseDate, parseTime, parseTimestamp } from './moment.ts'
import { createPresence, createRefuse, roomy, trimmed } from './presence.ts'

/** Dates as days since 1970-01-01. */
export function createDateCells(field: Field, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const parse = (rules.dateFormat === undefined ? undefined : compileDateFormat(rules.dateFormat)) ?? parseDate
  const form = rules.dateFormat ?? 'YYYY-MM-DD'
  const moment: Moment = { seconds: 0, nanos: 0 }
  let values = new Int32Array(0)
  let expected = 0
  return {
    read(block, column, at) {
      values = roomy(values, at + block.rows, expected)
      const { bytes, starts, ends, width, rows } = block
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        if ((tagged & absent) === 0 && parse(bytes, starts[i] as number, tagged >> tagBits, moment))
          values[at + row] = Math.floor(moment.seconds / 86400)
        else {
          values[at + row] = 0
          refuse(block, row, column, at + row, `is not a date (${form})`)
        }
      }
    },
    take(rows) {
      const own = trimmed(values, rows)
      values = new Int32Array(0)
      expected = rows
      return new TemporalColumn(field.type, own, presence.take(rows))
    },
  }
}

const perSecond: Readonly<Record<TimeUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }
const word = 2 ** 32

/** Timestamps and times of day in 64-bit words of `unit`; a cell finer than the unit is refused. */
export function createClockCells(field: Field, unit: TimeUnit, rules: CellRules): CellReader<Column> {
  const presence = createPresence()
  const refuse = createRefuse(rules, presence)
  const time = field.type.kind === 'time'
  const pattern = time || rules.dateFormat === undefined ? undefined : compileDateFormat(rules.dateFormat)
  const parse = pattern ?? (time ? parseTime : parseTimestamp)
  const form = time ? 'HH:MM:SS' : (rules.dateFormat ?? 'ISO 8601, such as 2026-01-31T23:59:00Z')
  // An instant and a reading of a wall clock are two things: an inferred column holds one of them.
  const strict = rules.strict && !time && pattern === undefined
  const zoned = field.type.kind === 'timestamp' && field.type.zone !== undefined
  const per = perSecond[unit]
  const nanosPer = 1e9 / per
  const moment: Moment = { seconds: 0, nanos: 0 }
  let words = new Uint32Array(0)
  let expected = 0
  return {
    read(block, column, at) {
      words = roomy(words, 2 * (at + block.rows), expected)
      const { bytes, starts, ends, width, rows } = block
      const out = words
      for (let row = 0, i = column; row < rows; row++, i += width) {
        const tagged = ends[i] as number
        const good = (tagged & absent) === 0 && parse(bytes, starts[i] as number, tagged >> tagBits, moment)
        if (good && strict && moment.zoned !== zoned) {
          slow(block, row, column, at + row, false, 0)
          continue
        }
        const fraction = moment.nanos / nanosPer
        const value = moment.seconds * per + fraction
        if (
          good &&
          fraction === Math.floor(fraction) &&
          value <= Number.MAX_SAFE_INTEGER &&
          value >= Number.MIN_SAFE_INTEGER
        ) {
          const upper = Math.floor(value / word)
          out[2 * (at + row)] = value - upper * word
          out[2 * (at + row) + 1] = upper
        } else slow(block, row, column, at + row, good, fraction)
      }
    },
    take(rows) {
      const own = trimmed(words, rows * 2)
      words = new Uint32Array(0)
      expected = rows * 2
      return new TemporalColumn(field.type, new BigInt64Array(own.buffer, own.byteOffset, rows), presence.take(rows))
    },
  }

  function slow(block: Block, row: number, column: number, at: number, good: boolean, fraction: number): void {
    const value = good
      ? units(fraction)
      : strict
        ? `is not a timestamp ${zoned ? 'with' : 'without'} an offset (${form}), as the column was inferred to hold`
        : `is not a ${time ? 'time of day' : 'timestamp'} (${form})`
    if (typeof value === 'string') refuse(block, row, column, at, value)
    const unsigned = typeof value === 'string' ? 0n : BigInt.asUintN(64, value)
    words[2 * at] = Number(unsigned & 0xffffffffn)
    words[2 * at + 1] = Number(unsigned >> 32n)
  }

  /** The moment in units of the type, or what is wrong with it. */
  function units(fraction: number): bigint | string {
    if (fraction !== Math.floor(fraction)) return `is finer than ${typeName(field.type)} can hold`
    const value = BigInt(moment.seconds) * BigInt(per) + BigInt(fraction)
    return BigInt.asIntN(64, value) === value ? value : `does not fit ${typeName(field.type)}`
  }
}
