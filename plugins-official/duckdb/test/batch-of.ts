import {
  type Batch,
  BooleanColumn,
  BytesColumn,
  type Column,
  DecimalColumn,
  FlatColumn,
  Int64Column,
  isValid,
  type LogicalType,
  type TableSchema,
  TemporalColumn,
  ValuesColumn,
} from 'tidegate'

const encoder = new TextEncoder()
const flat = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
}

/** A batch from plain cells in physical form: bigint for 64-bit integers, times, timestamps and (unscaled) decimals, days for dates. */
export function batchOf(schema: TableSchema, columns: readonly (readonly unknown[])[]): Batch {
  return {
    schema,
    length: columns[0]?.length ?? 0,
    columns: schema.fields.map((field, i) => columnFrom(field.type, columns[i] ?? [])),
  }
}

function columnFrom(type: LogicalType, cells: readonly unknown[]): Column {
  const bits = new Uint8Array((cells.length + 7) >> 3)
  for (const [i, cell] of cells.entries()) if (cell !== null) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  const validity = cells.includes(null) ? bits : undefined
  const or = (zero: unknown) => cells.map((cell) => cell ?? zero) as never[]
  switch (type.kind) {
    case 'boolean':
      return new BooleanColumn(
        Uint8Array.from(cells, (cell) => (cell === true ? 1 : 0)),
        validity,
      )
    case 'int':
      if (type.bits === 64)
        return new Int64Column(
          type,
          type.signed ? BigInt64Array.from(or(0n)) : BigUint64Array.from(or(0n)),
          validity,
          'bigint',
        )
      return new FlatColumn(type, flat[`${type.signed ? 'i' : 'u'}${type.bits}`].from(or(0)), validity)
    case 'float':
      return new FlatColumn(type, flat[`f${type.bits}`].from(or(0)), validity)
    case 'date':
      return new TemporalColumn(type, Int32Array.from(or(0)), validity)
    case 'time':
    case 'timestamp':
      return new TemporalColumn(type, BigInt64Array.from(or(0n)), validity)
    case 'decimal':
      return new DecimalColumn(
        type,
        BigUint64Array.from(
          (or(0n) as bigint[]).flatMap((value) => [BigInt.asUintN(64, value), BigInt.asUintN(64, value >> 64n)]),
        ),
        validity,
      )
    case 'string':
    case 'binary': {
      const parts = (or('') as unknown[]).map((cell) =>
        cell instanceof Uint8Array ? cell : encoder.encode(String(cell)),
      )
      const offsets = new Int32Array(parts.length + 1)
      for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] as number) + part.length
      return new BytesColumn(type, offsets, new Uint8Array(Buffer.concat(parts)), validity)
    }
    default:
      return new ValuesColumn(type, cells, validity)
  }
}

/** The cells of a column in physical form. */
export function cells(column: Column): unknown[] {
  return Array.from({ length: column.length }, (_, row) => {
    if (!isValid(column.validity, row)) return null
    if (column instanceof DecimalColumn) return column.unscaled(row)
    if (column instanceof TemporalColumn || column instanceof Int64Column) return column.values[row]
    const cell = column.at(row)
    return cell instanceof Uint8Array ? new Uint8Array(cell) : cell
  })
}
