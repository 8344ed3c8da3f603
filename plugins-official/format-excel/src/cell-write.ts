import {
  type Column,
  type DecimalColumn,
  type Field,
  type Int64Column,
  isValid,
  type LogicalType,
  type TemporalColumn,
  TidegateError,
  typeName,
} from 'tidegate'
import { momentSerial, serialDay, timeSerial } from './serial.ts'
import { escapeText } from './text.ts'

/** Cell styles of the workbooks written here, by their number in styles.xml. */
export const style = { header: 1, date: 2, timestamp: 3, time: 4 } as const

const longestText = 32_767

/** The XML of the cell of a row behind its reference: ` s="2"><v>45000</v></c>`; empty for an absent value. */
export type WriteCell = (row: number) => string

/** Cells carry types, so text that begins with `=` is text and nothing runs. @throws `TYPE_PRECISION` naming column and value. */
export function cellWriter(field: Field, column: Column): WriteCell {
  const write = presentWriter(field, column)
  const { validity } = column
  return (row) => (isValid(validity, row) ? write(row) : '')
}

const number = (value: number | string | bigint): string => `><v>${Object.is(value, -0) ? '-0' : value}</v></c>`

function presentWriter(field: Field, column: Column): WriteCell {
  const { type } = field
  switch (type.kind) {
    case 'null':
      return () => ''
    case 'boolean':
      return (row) => ` t="b"><v>${column.at(row) === true ? 1 : 0}</v></c>`
    case 'string':
      return (row) => textCell(column.at(row) as string, field)
    case 'int':
      if (type.bits < 64) return (row) => number(column.at(row) as number)
      return (row) => {
        const value = (column as Int64Column).values[row] as bigint
        if (value > 2n ** 53n || value < -(2n ** 53n)) throw lossy(field, value, 'Excel numbers are exact up to 2^53')
        return number(value)
      }
    case 'float':
      return (row) => {
        const value = column.at(row) as number
        if (!Number.isFinite(value)) throw lossy(field, value, 'Excel has no such number')
        return number(value)
      }
    case 'decimal':
      return (row) => number(decimalText((column as DecimalColumn).unscaled(row), type.scale, field))
    case 'date':
      return (row) => {
        const serial = serialDay((column as TemporalColumn).values[row] as number)
        if (serial === undefined) throw lossy(field, `day ${(column as TemporalColumn).values[row]}`, ranges)
        return ` s="${style.date}"${number(serial)}`
      }
    case 'time':
    case 'timestamp': {
      const { values } = column as TemporalColumn
      const serialOf = type.kind === 'time' ? timeSerial : momentSerial
      const own = type.kind === 'time' ? style.time : style.timestamp
      return (row) => {
        const serial = serialOf(values[row] as bigint, type.unit)
        if (serial === undefined) throw lossy(field, `${values[row]} ${type.unit}`, ranges)
        return ` s="${own}"${number(serial)}`
      }
    }
    default:
      throw unsupported(field)
  }
}

const ranges = 'Excel holds 1900-01-01 to 9999-12-31, to about a microsecond'

export function textCell(text: string, field: Pick<Field, 'name' | 'meta'>): string {
  if (text.length > longestText)
    throw lossy(field, `text of ${text.length} characters`, `an Excel cell holds ${longestText}`)
  return ` t="inlineStr"><is><t xml:space="preserve">${escapeText(text)}</t></is></c>`
}

function decimalText(unscaled: bigint, scale: number, field: Field): string {
  const magnitude = unscaled < 0n ? -unscaled : unscaled
  if (magnitude > 999_999_999_999_999n) throw lossy(field, `${unscaled}e-${scale}`, 'Excel numbers keep 15 digits')
  const digits = magnitude.toString().padStart(scale + 1, '0')
  const split = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, split)}${scale > 0 ? `.${digits.slice(split)}` : ''}`
}

/** Values of columns that carry tags are not quoted. */
function lossy({ name, meta }: Pick<Field, 'name' | 'meta'>, value: unknown, why: string): TidegateError {
  const quoted = (meta?.tags?.length ?? 0) > 0 ? 'A value' : String(value)
  return new TidegateError('TYPE_PRECISION', `${quoted} of column '${name}' cannot be written to Excel: ${why}`, {
    hint: 'Write it as text (a step that makes strings of it), or to a format that holds it, such as Parquet.',
    data: { column: name },
  })
}

export function carriedByExcel(type: LogicalType): 'same' | 'refused' {
  return type.kind === 'list' || type.kind === 'struct' || type.kind === 'binary' ? 'refused' : 'same'
}

export function unsupported({ name, type }: Field): TidegateError {
  return new TidegateError('TYPE_UNSUPPORTED', `Excel cannot carry ${typeName(type)}, the type of column '${name}'`, {
    hint: 'Leave the column out in a step, or make text of it.',
    data: { column: name, type: typeName(type) },
  })
}
