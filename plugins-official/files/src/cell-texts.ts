import {
  type BytesColumn,
  type Column,
  type DecimalColumn,
  type DictionaryColumn,
  type FlatColumn,
  type Int64Column,
  isValid,
  type TemporalColumn,
  type TimeUnit,
} from 'tidegate'
import { civilFromDays } from './calendar.ts'

/** The cells of a scalar column as text, `null` where absent: shortest numbers that read back equal, exact decimals, ISO 8601 dates and times. */
export function cellTexts(column: Column): (string | null)[] {
  const texts = presentTexts(column)
  if (column.validity !== undefined)
    for (let row = 0; row < texts.length; row++) if (!isValid(column.validity, row)) texts[row] = null
  return texts
}

// Columns of another installed copy are no `instanceof` of these classes; their type says which one they are.
function presentTexts(column: Column): (string | null)[] {
  const { type, length } = column
  switch (type.kind) {
    case 'null':
      return new Array<null>(length).fill(null)
    case 'boolean':
      return fill(length, (row) => (column.at(row) === true ? 'true' : 'false'))
    case 'int': {
      const { values } = column as FlatColumn | Int64Column
      return fill(length, (row) => String(values[row]))
    }
    case 'float': {
      const { values } = column as FlatColumn
      return fill(length, (row) => (Object.is(values[row], -0) ? '-0' : String(values[row])))
    }
    case 'decimal':
      return fill(length, (row) => decimalText((column as DecimalColumn).unscaled(row), type.scale))
    case 'date': {
      const { values } = column as TemporalColumn
      return fill(length, (row) => dateText(values[row] as number))
    }
    case 'time': {
      const { values } = column as TemporalColumn
      return fill(length, (row) => timeText(values[row] as bigint, type.unit))
    }
    case 'timestamp': {
      const { values } = column as TemporalColumn
      const zone = type.zone === undefined ? '' : 'Z'
      return fill(length, (row) => timestampText(values[row] as bigint, type.unit) + zone)
    }
    default: {
      if (!('codes' in column)) return (column as BytesColumn).strings().slice()
      const { codes, dictionary } = column as DictionaryColumn
      return fill(length, (row) => dictionary[codes[row] as number] ?? '')
    }
  }
}

function fill(length: number, text: (row: number) => string): (string | null)[] {
  const out = new Array<string | null>(length)
  for (let row = 0; row < length; row++) out[row] = text(row)
  return out
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const split = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, split)}${scale > 0 ? `.${digits.slice(split)}` : ''}`
}

/** `2026-01-31`; years outside 0000..9999 as `+012026-01-31` or `-000044-03-15`. */
function dateText(days: number): string {
  const [year, month, day] = civilFromDays(days)
  const wide = year < 0 || year > 9999
  return `${wide ? (year < 0 ? '-' : '+') : ''}${pad(Math.abs(year), wide ? 6 : 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

const perSecond: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }
const places: Readonly<Record<TimeUnit, number>> = { s: 0, ms: 3, us: 6, ns: 9 }

function timestampText(value: bigint, unit: TimeUnit): string {
  const perDay = perSecond[unit] * 86400n
  const rest = ((value % perDay) + perDay) % perDay
  return `${dateText(Number((value - rest) / perDay))}T${timeText(rest, unit)}`
}

function timeText(value: bigint, unit: TimeUnit): string {
  const seconds = Number(value / perSecond[unit])
  const fraction = Number(value % perSecond[unit])
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`
  return fraction === 0 ? clock : `${clock}.${pad(fraction, places[unit])}`
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
