import { buildColumn } from '../columns/build.ts'
import { type Column, ValuesColumn } from '../columns/column.ts'
import type { Field } from '../types.ts'

/**
 * Cells of lists and structs are what a step sees: milliseconds, decimals as numbers, 64-bit integers as number or bigint. Arrow stores counts of
 * units and unscaled integers. So their elements go through a column of the element's own type, in both directions.
 */
export function nestedBuffers<B>(
  column: Column,
  toBatch: (child: Column) => B,
): { readonly offsets?: Int32Array; readonly children: readonly B[] } {
  const { type } = column
  if (type.kind === 'list') {
    const offsets = new Int32Array(column.length + 1)
    const elements: unknown[] = []
    for (let row = 0; row < column.length; row++) {
      for (const element of (column.at(row) ?? []) as Iterable<unknown>) elements.push(element)
      offsets[row + 1] = elements.length
    }
    return { offsets, children: [toBatch(buildColumn(type.of, elements, { column: 'a list' }, 'bigint'))] }
  }
  const cells = Array.from(column) as readonly (Readonly<Record<string, unknown>> | null)[]
  const children = (type.kind === 'struct' ? type.fields : []).map((field) => {
    const own = cells.map((cell) => cell?.[field.name] ?? null)
    return toBatch(buildColumn(field.type, own, { column: `a struct's ${field.name}` }, 'bigint'))
  })
  return { children }
}

interface Layout {
  readonly length: number
  readonly validity: Uint8Array | undefined
}

/** Lists over a column of all their elements. */
export function listOf(
  field: Field,
  { length, validity, offsets }: Layout & { readonly offsets: Int32Array },
  read: (item: Field) => Column,
): ValuesColumn {
  const { type, sees } = field
  if (type.kind !== 'list') throw new Error(`${field.name} is no list`)
  const items = read({ name: 'item', type: type.of, nullable: true, ...(sees === undefined ? {} : { sees }) })
  const cells = new Array<unknown>(length)
  for (let row = 0; row < length; row++) {
    const list: unknown[] = []
    for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) list.push(items.at(i))
    cells[row] = list
  }
  return new ValuesColumn(type, cells, validity, sees ?? 'number')
}

/** Structs over one column for each of their fields. */
export function structOf(
  field: Field,
  { length, validity }: Layout,
  read: (inner: Field, index: number) => Column,
): ValuesColumn {
  const { type, sees } = field
  if (type.kind !== 'struct') throw new Error(`${field.name} is no struct`)
  const columns = type.fields.map(read)
  const cells = new Array<unknown>(length)
  for (let row = 0; row < length; row++)
    cells[row] = Object.fromEntries(type.fields.map(({ name }, i) => [name, columns[i]?.at(row) ?? null]))
  return new ValuesColumn(type, cells, validity, sees ?? 'number')
}
