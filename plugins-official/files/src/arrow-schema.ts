import { type LogicalType, type TimeUnit, types } from 'tidegate'
import { ArrowFault, type Flat } from './arrow-flat.ts'

// Schema.fbs of Arrow: https://github.com/apache/arrow/blob/main/format/Schema.fbs

/** How the values of a column lie in buffers. */
export type Layout =
  | { readonly kind: 'null' | 'bool' | 'half' | 'struct' | 'dateMs' | 'list' | 'largeList' | 'map' }
  /** Fixed width, as the engine holds it. */
  | { readonly kind: 'flat' | 'time32' | 'decimal' | 'fixedBinary' | 'fixedList'; readonly width: number }
  | { readonly kind: 'bytes' | 'largeBytes' | 'views' }
  /** Not read; `buffers` and children are skipped. */
  | { readonly kind: 'unknown'; readonly name: string; readonly buffers: number }

export interface ArrowField {
  readonly name: string
  readonly nullable: boolean
  readonly layout: Layout
  /** Undefined where the engine has no such type. */
  readonly type: LogicalType | undefined
  readonly children: readonly ArrowField[]
  readonly dictionary?: { readonly id: string; readonly width: number }
}

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns']
/** More columns or deeper nesting than this is taken for damage. */
const mostFields = 100_000
const deepest = 64

/** The fields of a Schema table. @throws `ArrowFault` */
export function readFields(flat: Flat, schema: number): readonly ArrowField[] {
  if (flat.i16(schema, 0, 0) !== 0) throw new ArrowFault('is big-endian, which is not read')
  let count = 0
  const list = (table: number, slot: number, depth: number): readonly ArrowField[] => {
    const { at, length } = flat.vector(table, slot, 4)
    count += length
    if (count > mostFields || depth > deepest) throw new ArrowFault('has a schema without end')
    return Array.from({ length }, (_, i) => field(flat.element(at, i), depth))
  }
  const field = (table: number, depth: number): ArrowField => {
    const children = list(table, 5, depth + 1)
    const { layout, type } = typeOf(flat, flat.u8(table, 2, 0), flat.table(table, 3), children)
    const encoding = flat.table(table, 4)
    const index = encoding === 0 ? 0 : flat.table(encoding, 1)
    return {
      name: flat.text(table, 0) ?? '',
      nullable: flat.u8(table, 1, 0) !== 0,
      layout,
      type,
      children,
      ...(encoding === 0
        ? {}
        : {
            dictionary: {
              id: String(flat.i64(encoding, 0)),
              width: index === 0 ? 4 : flat.i32(index, 0, 0) / 8,
            },
          }),
    }
  }
  return list(schema, 1, 0)
}

interface Kind {
  readonly layout: Layout
  readonly type: LogicalType | undefined
}

function typeOf(flat: Flat, id: number, table: number, children: readonly ArrowField[]): Kind {
  const flatKind = (width: number, type: LogicalType): Kind => ({ layout: { kind: 'flat', width }, type })
  const unknown = (name: string, buffers: number): Kind => ({
    layout: { kind: 'unknown', name, buffers },
    type: undefined,
  })
  const unit = (otherwise: number) => units[flat.i16(table, 0, otherwise)] as TimeUnit
  const needsTable = ![1, 4, 5, 6, 12, 13, 19, 20, 21, 22, 23, 24, 25, 26].includes(id)
  if (needsTable && table === 0) throw new ArrowFault('has a column without a type')
  switch (id) {
    case 1:
      return { layout: { kind: 'null' }, type: types.null }
    case 2: {
      const bits = flat.i32(table, 0, 0)
      if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) throw new ArrowFault(`has integers of ${bits} bits`)
      return flatKind(bits / 8, { kind: 'int', bits, signed: flat.u8(table, 1, 0) !== 0 })
    }
    case 3: {
      const precision = flat.i16(table, 0, 0)
      if (precision === 0) return { layout: { kind: 'half' }, type: types.float32 }
      return precision === 1 ? flatKind(4, types.float32) : flatKind(8, types.float64)
    }
    case 4:
      return { layout: { kind: 'bytes' }, type: types.binary }
    case 5:
      return { layout: { kind: 'bytes' }, type: types.string }
    case 6:
      return { layout: { kind: 'bool' }, type: types.boolean }
    case 7: {
      const [precision, scale, bits] = [flat.i32(table, 0, 0), flat.i32(table, 1, 0), flat.i32(table, 2, 128)]
      if (![32, 64, 128, 256].includes(bits)) throw new ArrowFault(`has decimals of ${bits} bits`)
      // Beyond 38 digits, or counted in tens and hundreds.
      const fits = precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision
      return { layout: { kind: 'decimal', width: bits / 8 }, type: fits ? types.decimal(precision, scale) : undefined }
    }
    case 8:
      return flat.i16(table, 0, 1) === 0 ? flatKind(4, types.date) : { layout: { kind: 'dateMs' }, type: types.date }
    case 9: {
      const width = flat.i32(table, 1, 32) / 8
      if (width !== 4 && width !== 8) throw new ArrowFault('has times of an odd width')
      return { layout: { kind: width === 4 ? 'time32' : 'flat', width }, type: types.time(unit(1)) }
    }
    case 10:
      return flatKind(8, types.timestamp(unit(0), flat.text(table, 1)))
    case 12:
    case 21:
      return {
        layout: { kind: id === 12 ? 'list' : 'largeList' },
        type: children[0]?.type && types.list(children[0].type),
      }
    case 13:
      return { layout: { kind: 'struct' }, type: structOf(children) }
    case 15:
      return { layout: { kind: 'fixedBinary', width: flat.i32(table, 0, 0) }, type: types.binary }
    case 16:
      return {
        layout: { kind: 'fixedList', width: flat.i32(table, 0, 0) },
        type: children[0]?.type && types.list(children[0].type),
      }
    case 17:
      return { layout: { kind: 'map' }, type: children[0]?.type && types.list(children[0].type) }
    case 19:
      return { layout: { kind: 'largeBytes' }, type: types.binary }
    case 20:
      return { layout: { kind: 'largeBytes' }, type: types.string }
    case 23:
      return { layout: { kind: 'views' }, type: types.binary }
    case 24:
      return { layout: { kind: 'views' }, type: types.string }
    case 11:
      return unknown('interval', 2)
    case 14:
      return unknown('union', flat.i16(table, 0, 0) === 0 ? 1 : 2)
    case 18:
      return unknown('duration', 2)
    case 22:
      return unknown('run-end encoded', 0)
    case 25:
    case 26:
      return unknown('list view', 3)
    default:
      throw new ArrowFault(`has a column of the unknown type ${id}`)
  }
}

function structOf(children: readonly ArrowField[]): LogicalType | undefined {
  const fields = children.flatMap(({ name, type, nullable }) => (type === undefined ? [] : [{ name, type, nullable }]))
  return fields.length < children.length ? undefined : types.struct(fields)
}
