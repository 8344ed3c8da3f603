import * as arrow from '@uwdata/flechette'
import type { LogicalType, TimeUnit } from '../types.ts'

const units: Readonly<Record<TimeUnit, 0 | 1 | 2 | 3>> = { s: 0, ms: 1, us: 2, ns: 3 }

/** The Arrow type that carries a logical type (dictionary is chosen by the encoder). */
export function arrowType(type: LogicalType): arrow.DataType {
  switch (type.kind) {
    case 'null':
      return arrow.nullType()
    case 'boolean':
      return arrow.bool()
    case 'int':
      return arrow.int(type.bits, type.signed)
    case 'float':
      return type.bits === 32 ? arrow.float32() : arrow.float64()
    case 'decimal':
      return arrow.decimal(type.precision, type.scale, 128)
    case 'string':
      return arrow.utf8()
    case 'binary':
      return arrow.binary()
    case 'date':
      return arrow.dateDay()
    case 'time':
      // Arrow carries seconds and milliseconds in 32 bits; microseconds hold both without loss.
      return type.unit === 'ns' ? arrow.timeNanosecond() : arrow.timeMicrosecond()
    case 'timestamp':
      return arrow.timestamp(units[type.unit], type.zone ?? null)
    case 'list':
      return arrow.list(arrow.field('item', arrowType(type.of), true))
    case 'struct':
      return arrow.struct(type.fields.map((field) => arrow.field(field.name, arrowType(field.type), field.nullable)))
  }
}

/** Nested cells are exchanged as plain JavaScript values; these options make flechette read and write them without loss. */
export const extraction = { useBigInt: true, useBigIntTimestamp: true, useDecimalInt: true } as const
