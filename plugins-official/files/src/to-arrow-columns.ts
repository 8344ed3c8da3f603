import {
  type BooleanColumn,
  BytesColumn,
  buildColumn,
  type Column,
  type DecimalColumn,
  type FlatColumn,
  type Int64Column,
  type TemporalColumn,
} from 'tidegate'

/** The body of a batch: its buffers one after another, each at a multiple of 8 bytes. */
export interface Body {
  readonly rows: number
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[]
  readonly buffers: readonly { readonly at: number; readonly length: number }[]
  readonly chunks: readonly Uint8Array[]
  readonly length: number
}

/** The columns of a batch as Arrow buffers; codes of dictionaries come as columns of int32. */
export function bodyOf(columns: readonly Column[], rows: number): Body {
  const nodes: { readonly length: number; readonly nullCount: number }[] = []
  const buffers: { readonly at: number; readonly length: number }[] = []
  const chunks: Uint8Array[] = []
  let length = 0
  const add = (values: ArrayBufferView) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    buffers.push({ at: length, length: bytes.length })
    if (bytes.length > 0) chunks.push(bytes)
    const padding = -bytes.length & 7
    if (padding > 0) chunks.push(new Uint8Array(padding))
    length += bytes.length + padding
  }
  const column = (given: Column): void => {
    const { type } = given
    const nullCount = type.kind === 'null' ? given.length : given.nullCount
    nodes.push({ length: given.length, nullCount })
    if (type.kind === 'null') return
    add(nullCount === 0 ? new Uint8Array(0) : (given.validity as Uint8Array).subarray(0, (given.length + 7) >> 3))
    switch (type.kind) {
      case 'boolean':
        add(packed((given as BooleanColumn).values))
        return
      case 'decimal':
        add((given as DecimalColumn).words)
        return
      case 'int':
      case 'float':
        add((given as FlatColumn | Int64Column).values)
        return
      case 'date':
      case 'timestamp':
        add((given as TemporalColumn).values)
        return
      case 'time': {
        const { values } = given as TemporalColumn
        add(type.unit === 's' || type.unit === 'ms' ? Int32Array.from(values as BigInt64Array, Number) : values)
        return
      }
      case 'string':
      case 'binary': {
        const { offsets, bytes } = asBytes(given)
        const [first, last] = [offsets[0] as number, offsets[given.length] as number]
        add(first === 0 ? offsets : offsets.map((offset) => offset - first))
        add(bytes.subarray(first, last))
        return
      }
      case 'list': {
        const offsets = new Int32Array(given.length + 1)
        const elements: unknown[] = []
        for (let row = 0; row < given.length; row++) {
          for (const element of (given.at(row) ?? []) as Iterable<unknown>) elements.push(element)
          offsets[row + 1] = elements.length
        }
        add(offsets)
        column(buildColumn(type.of, elements, { column: 'a list' }, 'bigint'))
        return
      }
      case 'struct':
        for (const field of type.fields) {
          const cells: unknown[] = []
          for (let row = 0; row < given.length; row++)
            cells.push((given.at(row) as Readonly<Record<string, unknown>> | null)?.[field.name] ?? null)
          column(buildColumn(field.type, cells, { column: `a struct's ${field.name}` }, 'bigint'))
        }
    }
  }
  columns.forEach(column)
  return { rows, nodes, buffers, chunks, length }
}

/** Text that comes as codes into a dictionary is spelt out. */
function asBytes(column: Column): BytesColumn {
  if ('offsets' in column) return column as BytesColumn
  const cells = Array.from({ length: column.length }, (_, row) => (column.at(row) as string | null) ?? '')
  return BytesColumn.ofStrings(cells, column.validity)
}

function packed(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array((bytes.length + 7) >> 3)
  for (let i = 0; i < bytes.length; i++) out[i >> 3] = (out[i >> 3] as number) | (((bytes[i] as number) & 1) << (i & 7))
  return out
}
